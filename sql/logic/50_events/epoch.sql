-- Which line of history this database is on: event ids are comparable within one epoch only.
--
-- Another one for a database that was restored elsewhere, copied, built again, or recovered to a
-- point in time; and whenever job.event_counter.generation is raised by hand.
CREATE FUNCTION ops.epoch() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT substr(md5(concat_ws(
    ':',
    (SELECT control.system_identifier FROM pg_catalog.pg_control_system() AS control),
    (SELECT control.timeline_id FROM pg_catalog.pg_control_checkpoint() AS control),
    (
        SELECT own.oid FROM pg_catalog.pg_database AS own
        WHERE own.datname = current_database()
    ),
    'job.event_counter'::regclass::oid,
    (SELECT counter.generation FROM job.event_counter AS counter)
)), 1, 8);
$$;
