-- Note lines of NDJSON that the caller wants stored. Returns their id.
--
-- NULL: no `pgstrike run` lives that could store them.
CREATE FUNCTION ops.add_incoming(p_lines bytea) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    c_most constant integer := 8;
    c_most_bytes constant integer := 1000000;
    v_key text := ops.reader_name();
    v_symbols text[] := ops.ingestible_symbols();
    v_id bigint;
BEGIN
    IF v_symbols = '{}' THEN
        PERFORM ops.refuse_call(
            'may_not_ingest', 'the key may not ingest quotes',
            'Make one that may: `pgstrike key create NAME --may-ingest NIFTY`.'
        );
    END IF;
    IF length(p_lines) > c_most_bytes THEN
        PERFORM ops.refuse_call(
            'body_too_long', format('the lines have more than %s bytes', c_most_bytes),
            'Send them in several requests.'
        );
    END IF;
    IF (
        SELECT count(*) >= c_most
        FROM job.incoming AS incoming
        WHERE incoming.key = v_key AND incoming.answer IS NULL
    ) THEN
        PERFORM ops.refuse_call(
            'too_many_waiting', format('%s requests of the key wait already', c_most),
            'Send the next one when one of them is answered.'
        );
    END IF;
    IF NOT EXISTS (
        SELECT FROM job.process AS process
        WHERE ops.is_alive(process.pid, process.backend_start)
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO job.incoming (key, symbols, lines)
    VALUES (v_key, v_symbols, p_lines)
    RETURNING id INTO v_id;
    PERFORM pg_notify(ops.incoming_channel(), '');
    RETURN v_id;
END;
$$;
