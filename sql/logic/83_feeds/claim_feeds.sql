-- Claim for this session the feeds that are on and free, of some names or all (NULL).
--
-- Feeds that are off, or are another's by now, are let go. The server notices within half a second
-- that the session's client is gone.
CREATE FUNCTION ops.claim_feeds(p_names text[], p_host text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('client_connection_check_interval', '500ms', FALSE);
    UPDATE job.feed AS feed
    SET holder = NULL, holder_since = NULL, state = 'stopped', since = clock_timestamp()
    WHERE
        NOT feed.is_on
        AND feed.holder = pg_backend_pid()
        AND feed.holder_since = ops.own_start();
    UPDATE job.feed AS feed
    SET
        holder = pg_backend_pid(),
        holder_since = ops.own_start(),
        host = p_host,
        attempt = feed.attempt + 1,
        state = 'connecting',
        since = clock_timestamp()
    WHERE
        feed.name IN (
            SELECT free.name
            FROM job.feed AS free
            WHERE
                free.is_on
                AND (p_names IS NULL OR free.name = ANY(p_names))
                AND (free.holder IS NULL OR NOT ops.is_alive(free.holder, free.holder_since))
            FOR UPDATE SKIP LOCKED
        );
END;
$$;
