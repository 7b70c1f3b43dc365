-- Which line of history this database is on: event ids are comparable within one epoch only.
--
-- Another one for a database that was restored elsewhere, copied, built again, recovered to a point
-- in time, or promoted; a standby has its primary's. Another one too whenever
-- job.event_counter.generation is raised by hand. An edge is on the line of its primary, as the
-- newest event from there says it.
CREATE FUNCTION ops.epoch() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT coalesce(
    (
        SELECT
            coalesce(
                (
                    SELECT event.epoch
                    FROM fo.event AS event
                    ORDER BY event.id DESC
                    LIMIT 1
                ),
                edge.epoch
            )
        FROM job.edge AS edge
    ),
    (
        SELECT substr(md5(concat_ws(
            ':',
            (SELECT control.system_identifier FROM pg_catalog.pg_control_system() AS control),
            ops.timeline(),
            (
                SELECT own.oid FROM pg_catalog.pg_database AS own
                WHERE own.datname = current_database()
            ),
            'job.event_counter'::regclass::oid,
            (SELECT counter.generation FROM job.event_counter AS counter)
        )), 1, 8)
    )
);
$$;
