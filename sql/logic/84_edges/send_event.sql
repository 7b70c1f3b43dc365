-- On an edge: notify the event that has come, as the primary did (see ops.append_events).
--
-- The primary's word that its snapshot is new is when the edge's is due.
CREATE FUNCTION ops.send_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF new.topic = 'snapshot' THEN
        UPDATE job.edge SET version = (new.payload ->> 'version')::bigint;
    END IF;
    PERFORM pg_notify(installation.channel, new.payload::text)
    FROM job.installation AS installation;
    RETURN NULL;
END;
$$;
