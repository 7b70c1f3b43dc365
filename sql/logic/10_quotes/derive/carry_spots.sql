-- Carry the feed's underlying to the snapshots that lack it, into pg_temp.batch_carried.
--
-- It is the last one of the symbol and session, at most 15 minutes old, plus what the implied spot
-- has changed since then, where both snapshots have one. An instant's own counts as the last: one
-- expiry may bring what the others leave out. Where a symbol has one for each expiry, each is
-- carried by itself, and expiry is not NULL.
CREATE FUNCTION ops.carry_spots() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_carried (symbol, quote_time, expiry, underlying)
    WITH moment AS (
        SELECT
            spot.symbol, spot.quote_time, spot.session, NULL::date AS expiry, spot.implied_spot,
            spot.fed_underlying,
            NOT spot.is_complete AS is_wanted
        FROM pg_temp.batch_spot AS spot
        INNER JOIN pg_temp.batch_market AS market ON spot.symbol = market.symbol
        WHERE market.underlying_kind = 'symbol'
        UNION ALL
        SELECT
            spot.symbol, spot.quote_time, spot.session, chain.expiry, spot.implied_spot,
            ladder.fed_underlying,
            ladder.fed_underlying IS NULL AS is_wanted
        FROM pg_temp.batch_ladder AS ladder
        INNER JOIN pg_temp.batch_chain AS chain ON ladder.chain = chain.chain
        INNER JOIN pg_temp.batch_market AS market ON chain.symbol_no = market.symbol_no
        INNER JOIN pg_temp.batch_spot AS spot
            ON chain.symbol = spot.symbol AND chain.quote_time = spot.quote_time
        WHERE market.underlying_kind = 'expiry' AND ladder.in_session
        UNION ALL
        SELECT
            fed.symbol, fed.quote_time, fed.session, fed.expiry, fed.implied_spot,
            fed.fed_underlying,
            FALSE AS is_wanted
        FROM pg_temp.batch_fed AS fed
    ),

    counted AS (
        SELECT
            moment.*,
            -- Whole microseconds, which a double holds exactly.
            (extract(EPOCH FROM moment.quote_time) * 1000000)::double precision AS time
        FROM moment
    ),

    course AS (
        SELECT
            counted.*,
            -- Arrays are compared by their first elements.
            max(
                CASE
                    WHEN counted.fed_underlying IS NOT NULL
                        THEN ARRAY[counted.time, counted.fed_underlying, counted.implied_spot]
                END
            ) OVER (
                PARTITION BY counted.symbol, counted.session, counted.expiry
                ORDER BY counted.quote_time
            ) AS last
        FROM counted
    )

    SELECT
        course.symbol, course.quote_time, course.expiry,
        course.last[2] + coalesce(course.implied_spot - course.last[3], 0)
    FROM course
    WHERE course.is_wanted AND course.time - course.last[1] <= 900000000;
END;
$$;
