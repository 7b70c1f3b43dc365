-- On an edge: tell the listeners of a change which no event tells of (see ops.tell_change).
CREATE FUNCTION ops.pass_change_on() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify(installation.channel, new.kind || ' changed')
    FROM job.installation AS installation;
    RETURN NULL;
END;
$$;
