-- Where the log of events stands: the oldest event kept, and the newest. One row.
--
-- oldest is newest + 1 where none is kept.
CREATE FUNCTION ops.event_position(OUT oldest bigint, OUT newest bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    coalesce((SELECT min(event.id) FROM fo.event AS event), counter.last_id + 1),
    counter.last_id
FROM job.event_counter AS counter;
$$;
