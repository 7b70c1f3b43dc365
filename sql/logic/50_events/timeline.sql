-- The timeline of the write-ahead log that this database is on.
--
-- pg_control_checkpoint says it too, but only after the first checkpoint that follows a promotion,
-- which may be minutes later; events of that time would count as the old history's. A standby has
-- the timeline of what it has replayed.
CREATE FUNCTION ops.timeline() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT CASE
    WHEN NOT pg_is_in_recovery()
        THEN ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::integer
    ELSE coalesce(
        (SELECT counter.timeline FROM job.event_counter AS counter),
        (SELECT control.timeline_id FROM pg_catalog.pg_control_checkpoint() AS control)
    )
END;
$$;
