-- The id of a watchlist of the caller's, or a refusal: that of another key is as none.
CREATE FUNCTION ops.watchlist_named(p_name text) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_list bigint;
BEGIN
    PERFORM ops.check_readable_topic('chain');
    SELECT list.id INTO v_list
    FROM job.watchlist AS list
    WHERE list.key = ops.reader_name() AND list.name = p_name;
    IF NOT FOUND THEN
        PERFORM ops.refuse_call(
            'unknown_watchlist', format('there is no watchlist "%s" of yours', left(p_name, 80)),
            'List them first.',
            'name'
        );
    END IF;
    RETURN v_list;
END;
$$;
