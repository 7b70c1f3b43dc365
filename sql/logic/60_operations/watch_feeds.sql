-- Notice which feeds stand still in a session by the wall clock, and which no longer do.
--
-- A feed stands still where its data has not moved for 5 minutes of a session (fo.instrument's
-- moved_at). A feed that did not move in the previous session either is not watched. Each change is
-- an ops event. Returns how many there were. p_now is for tests.
CREATE FUNCTION ops.watch_feeds(p_now timestamptz DEFAULT clock_timestamp()) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_symbols text[];
    v_bodies text[];
BEGIN
    WITH feed AS (
        SELECT
            instrument.symbol, instrument.moved_at,
            coalesce(
                instrument.source_kind = 'real'
                AND p_now <= opening.closes_at
                AND p_now - greatest(instrument.moved_at, opening.opens_at) > interval '5 minutes'
                AND instrument.moved_at >= before.opens_at,
                FALSE
            ) AS is_stale
        FROM fo.instrument AS instrument
        LEFT JOIN LATERAL (
            SELECT session.session, session.opens_at, session.closes_at
            FROM fo.session AS session
            WHERE session.exchange = instrument.exchange AND session.opens_at <= p_now
            ORDER BY session.opens_at DESC
            LIMIT 1
        ) AS opening ON TRUE
        LEFT JOIN LATERAL (
            SELECT min(session.opens_at) AS opens_at
            FROM fo.session AS session
            WHERE
                session.exchange = instrument.exchange
                AND session.session = (
                    SELECT max(earlier.session)
                    FROM fo.session AS earlier
                    WHERE
                        earlier.exchange = instrument.exchange
                        AND earlier.session < opening.session
                        AND earlier.opens_at IS NOT NULL
                )
        ) AS before ON TRUE
        WHERE instrument.moved_at IS NOT NULL
    ),

    changed AS (
        UPDATE fo.instrument AS instrument
        SET stale_since = CASE WHEN feed.is_stale THEN feed.moved_at END
        FROM feed
        WHERE
            instrument.symbol = feed.symbol
            AND feed.is_stale <> (instrument.stale_since IS NOT NULL)
        RETURNING instrument.symbol, feed.is_stale, feed.moved_at
    )

    SELECT
        array_agg(changed.symbol),
        array_agg(json_build_object(
            'topic', 'ops', 'kind', 'stale_feed', 'symbol', changed.symbol,
            'is_stale', changed.is_stale, 'moved_at', changed.moved_at
        )::text)
    INTO v_symbols, v_bodies
    FROM changed;
    RETURN ops.append_ops_events(v_symbols, v_bodies);
END;
$$;
