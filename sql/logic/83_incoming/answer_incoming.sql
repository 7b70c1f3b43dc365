-- Answer the request of lines that this session holds. False: they are not its own any more.
--
-- Where lines were stored, in that transaction: then the answer and the quotes are one.
CREATE FUNCTION ops.answer_incoming(p_id bigint, p_answer jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE job.incoming AS incoming
    SET answer = p_answer, lines = NULL, answered_at = clock_timestamp()
    WHERE
        incoming.id = p_id
        AND incoming.answer IS NULL
        AND incoming.holder = pg_backend_pid()
        AND incoming.holder_since = ops.own_start();
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    PERFORM pg_notify(installation.channel, 'lines answered')
    FROM job.installation AS installation;
    RETURN TRUE;
END;
$$;
