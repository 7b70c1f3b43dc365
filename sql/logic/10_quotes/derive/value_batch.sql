-- Value each chain of the batch, into pg_temp.batch_value: underlying, forward, nearest strike,
-- gap.
--
-- The underlying is the feed's, else in session the carried one, else what the snapshot's prices
-- imply (parity). The forward is the feed's, else its own prices', else the feed's or carried
-- underlying at the rate, else that of the nearest expiry which has one of these (a tie: the
-- earlier), carried at the rate. at_strike is the strike nearest the underlying (a tie: the lower),
-- strike_gap the commonest step within 10 strikes of it (a tie: the smaller).
CREATE FUNCTION ops.value_batch(p_rate double precision) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_value (
        chain, forward, forward_source, underlying, underlying_source, at_strike, strike_gap
    )
    WITH own AS (
        SELECT
            ladder.chain, chain.symbol, chain.quote_time, chain.expiry, chain.years,
            ladder.strikes,
            coalesce(ladder.fed_underlying, carried.underlying, spot.implied_spot) AS underlying,
            CASE
                WHEN ladder.fed_underlying IS NOT NULL THEN 'feed'
                WHEN carried.underlying IS NOT NULL THEN 'carried'
                WHEN spot.implied_spot IS NOT NULL THEN 'parity'
            END AS underlying_source,
            coalesce(ladder.fed_forward, forward.forward, grown.underlying) AS forward,
            CASE
                WHEN ladder.fed_forward IS NOT NULL THEN 'feed'
                WHEN forward.forward IS NOT NULL THEN forward.source
                WHEN grown.underlying IS NOT NULL THEN 'underlying'
            END AS forward_source
        FROM pg_temp.batch_ladder AS ladder
        INNER JOIN pg_temp.batch_chain AS chain ON ladder.chain = chain.chain
        INNER JOIN pg_temp.batch_spot AS spot
            ON chain.symbol = spot.symbol AND chain.quote_time = spot.quote_time
        LEFT JOIN pg_temp.batch_forward AS forward ON ladder.chain = forward.chain
        LEFT JOIN pg_temp.batch_carried AS carried
            ON
                ladder.in_session
                AND chain.symbol = carried.symbol
                AND chain.quote_time = carried.quote_time
                AND (carried.expiry IS NULL OR chain.expiry = carried.expiry)
        CROSS JOIN LATERAL (
            SELECT
                coalesce(ladder.fed_underlying, carried.underlying)
                * exp(p_rate * chain.years) AS underlying
        ) AS grown
    ),

    valued AS (
        SELECT DISTINCT ON (own.chain)
            own.chain, own.strikes, own.underlying, own.underlying_source,
            coalesce(own.forward, other.forward * exp(p_rate * (own.years - other.years)))
                AS forward,
            coalesce(
                own.forward_source, CASE WHEN other.chain IS NOT NULL THEN 'other_expiry' END
            ) AS forward_source
        FROM own
        LEFT JOIN own AS other
            ON
                own.symbol = other.symbol
                AND own.quote_time = other.quote_time
                AND own.forward IS NULL
                AND other.forward IS NOT NULL
        ORDER BY own.chain, abs(other.expiry - own.expiry), other.expiry
    ),

    placed AS (
        SELECT
            valued.*,
            CASE
                WHEN below.place = 0 THEN 1
                WHEN
                    valued.strikes[below.place + 1] - valued.underlying
                    < valued.underlying - valued.strikes[below.place] THEN below.place + 1
                ELSE below.place
            END AS place
        FROM valued
        CROSS JOIN LATERAL (
            SELECT width_bucket(valued.underlying, valued.strikes) AS place
        ) AS below
    )

    SELECT
        placed.chain, placed.forward, placed.forward_source, placed.underlying,
        placed.underlying_source,
        placed.strikes[placed.place],
        (
            SELECT
                mode() WITHIN GROUP (
                    ORDER BY
                        -- As doubles, equal steps of decimal strikes differ in their last digits.
                        (
                            placed.strikes[rung.place + 1]::numeric
                            - placed.strikes[rung.place]::numeric
                        )::double precision
                )
            FROM
                generate_series(
                    greatest(placed.place - 10, 1),
                    least(placed.place + 9, cardinality(placed.strikes) - 1)
                ) AS rung (place)
            WHERE placed.place IS NOT NULL
        )
    FROM placed;
END;
$$;
