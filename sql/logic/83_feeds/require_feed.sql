-- Refuse the name of a feed that is not there.
CREATE FUNCTION ops.require_feed(p_name text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM job.feed AS feed
        WHERE feed.name = p_name
    ) THEN
        PERFORM ops.refuse_call(
            'unknown_feed', format('there is no feed "%s"', left(p_name, 80)),
            '`pgstrike feed list` shows them.',
            'name'
        );
    END IF;
END;
$$;
