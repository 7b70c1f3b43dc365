-- The newest event of the log, and how long ago it was written. One row.
CREATE FUNCTION ops.newest_event(OUT id bigint, OUT age_seconds double precision)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    event.id,
    extract(EPOCH FROM clock_timestamp() - event.created_at)
FROM job.event_counter AS counter
INNER JOIN fo.event AS event ON counter.last_id = event.id;
$$;
