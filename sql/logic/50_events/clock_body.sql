-- The bodies of the events for changes that the market clock alone has made.
--
-- One row per expiry that the clock passed, or one without an expiry where it passed none and no
-- live contract changed.
CREATE FUNCTION ops.clock_body(p_moved text[]) RETURNS TABLE (symbol text, expiry date, body text)
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
BEGIN
    RETURN QUERY
    WITH advanced AS (
        SELECT
            market.symbol, market.clock AS before, instrument.clock,
            exchange.closes_at, exchange.time_zone
        FROM pg_temp.batch_market AS market
        INNER JOIN fo.instrument AS instrument ON market.symbol = instrument.symbol
        INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
        WHERE
            instrument.clock > market.clock
            OR (market.clock IS NULL AND instrument.clock IS NOT NULL)
    ),

    expired AS (
        SELECT DISTINCT advanced.symbol, contract.expiry, advanced.clock
        FROM advanced
        INNER JOIN fo.contract AS contract
            ON
                advanced.symbol = contract.symbol
                AND contract.expiry >= (advanced.before AT TIME ZONE advanced.time_zone)::date
                AND contract.expiry <= (advanced.clock AT TIME ZONE advanced.time_zone)::date
        CROSS JOIN
            LATERAL (
                SELECT fo.expires_at(contract.expiry, advanced.closes_at, advanced.time_zone) AS at
            ) AS expiry
        WHERE
            contract.live_time IS NOT NULL
            AND expiry.at > advanced.before
            AND expiry.at <= advanced.clock
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
