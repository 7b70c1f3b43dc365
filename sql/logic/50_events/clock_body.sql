-- The bodies of the events for changes that the market clock alone has made.
--
-- One row per expiry that the clock passed, or one without an expiry where it passed none and no
-- live contract changed.
CREATE FUNCTION ops.clock_body(p_moved text[]) RETURNS TABLE (symbol text, expiry date, body text)
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
BEGIN
    RETURN QUERY
    WITH advanced AS (
        SELECT market.symbol, market.clock AS before, instrument.clock
        FROM pg_temp.batch_market AS market
        INNER JOIN fo.instrument AS instrument ON market.symbol = instrument.symbol
        WHERE
            instrument.clock > market.clock
            OR (market.clock IS NULL AND instrument.clock IS NOT NULL)
    ),

    expired AS (
        SELECT life.symbol, life.expiry, advanced.clock
        FROM advanced
        INNER JOIN fo.expiry AS life
            ON
                advanced.symbol = life.symbol
                AND advanced.before < life.expires_at
                AND advanced.clock >= life.expires_at
                AND life.expiry >= (advanced.before AT TIME ZONE 'UTC')::date - 1
        WHERE
            EXISTS (
                SELECT FROM fo.contract AS contract
                WHERE
                    contract.symbol = life.symbol
                    AND contract.expiry = life.expiry
                    AND contract.live_time IS NOT NULL
            )
    )

    SELECT
        expired.symbol, expired.expiry,
        json_build_object(
            'topic', 'chain', 'symbol', expired.symbol, 'expiry', expired.expiry,
            'clock', expired.clock, 'expired', TRUE
        )::text
    FROM expired
    UNION ALL
    SELECT
        advanced.symbol, NULL,
        json_build_object(
            'topic', 'chain', 'symbol', advanced.symbol, 'expiry', NULL, 'clock', advanced.clock
        )::text
    FROM advanced
    WHERE
        advanced.symbol <> ALL(p_moved)
        AND advanced.symbol NOT IN (SELECT expired.symbol FROM expired);
END;
$$;
