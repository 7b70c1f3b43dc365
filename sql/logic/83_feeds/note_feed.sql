-- Note how a feed stands that this session drives, and how it stands with its symbols.
--
-- p_said holds state, failure (its text, where there is a new one), reconnects, silent_seconds and
-- lag_seconds; p_symbols, for each symbol, silent_seconds, patience_seconds, read_at and volume.
CREATE FUNCTION ops.note_feed(
    p_name text, p_attempt integer, p_said jsonb, p_symbols jsonb,
    p_now timestamptz DEFAULT clock_timestamp()
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    UPDATE job.feed AS feed
    SET
        state = p_said ->> 'state',
        since = CASE WHEN feed.state = p_said ->> 'state' THEN feed.since ELSE p_now END,
        failure = coalesce(p_said ->> 'failure', feed.failure),
        failed_at = CASE WHEN p_said ->> 'failure' IS NULL THEN feed.failed_at ELSE p_now END,
        reconnects = feed.reconnects + (p_said ->> 'reconnects')::bigint,
        last_message_at = coalesce(
            p_now - make_interval(secs => (p_said ->> 'silent_seconds')::double precision),
            feed.last_message_at
        ),
        lag = coalesce(
            make_interval(secs => (p_said ->> 'lag_seconds')::double precision), feed.lag
        )
    WHERE feed.name = p_name AND feed.attempt = p_attempt;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO job.feed_symbol AS own (
        feed, symbol, last_message_at, read_at, steady_since, patience, volume, volume_before
    )
    SELECT
        p_name, said.symbol, heard.at, said.read_at, heard.at,
        make_interval(secs => said.patience_seconds), said.volume, said.volume
    FROM
        jsonb_to_recordset(p_symbols) AS said (
            symbol text, silent_seconds double precision, patience_seconds double precision,
            read_at timestamptz, volume bigint
        )
    CROSS JOIN
        LATERAL (SELECT p_now - make_interval(secs => said.silent_seconds) AS at) AS heard
    ON CONFLICT (feed, symbol) DO UPDATE
        SET
            last_message_at = excluded.last_message_at,
            read_at = excluded.read_at,
            patience = excluded.patience,
            steady_since = CASE
                WHEN
                    excluded.last_message_at - own.last_message_at > excluded.patience
                    THEN excluded.last_message_at
                ELSE own.steady_since
            END,
            volume = excluded.volume,
            volume_before = own.volume;
END;
$$;
