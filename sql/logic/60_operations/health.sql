-- Whether everything works, one row per check: what `pgstrike status` and /health report.
--
-- It runs as the owner, who sees what sessions do, and acts for no reader. A change or a rollup is
-- late after p_late_seconds. Two things only a caller can measure: p_waited, how long it has seen
-- an item wait (ops.seconds_waited), and p_free_mb (ops.health_of_disk). Nothing in it costs more
-- as history grows. A plan made while little waits is kept, and would read all that waits later: so
-- none reads a table whole.
CREATE FUNCTION ops.health(
    p_late_seconds double precision DEFAULT 30,
    p_waited jsonb DEFAULT '{}',
    p_free_mb double precision DEFAULT NULL
) RETURNS SETOF ops.health_check
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
BEGIN
    RETURN QUERY
    SELECT found.* FROM ops.health_of_feeds() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_sources() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_refresh(p_late_seconds, p_waited) AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_rollups(p_late_seconds, p_waited) AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_jobs() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_tasks() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_features() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_models() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_notify_queue() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_edges() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_bloat() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_transactions() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_disk(p_free_mb) AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_calendar() AS found
    UNION ALL
    SELECT found.* FROM ops.health_of_retention() AS found;
END;
$$;
