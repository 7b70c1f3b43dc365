-- On an edge: tell the listeners of an answer to lines that came over HTTP (ops.answer_incoming).
CREATE FUNCTION ops.tell_answered() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM pg_notify(installation.channel, 'lines answered')
    FROM job.installation AS installation;
    RETURN NULL;
END;
$$;
