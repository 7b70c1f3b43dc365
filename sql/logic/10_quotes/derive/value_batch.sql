-- Value each chain of the batch, into pg_temp.batch_value: forward, nearest strike, strike gap.
--
-- implied is the chain's own forward, else that of the nearest expiry (a tie: the earlier);
-- forward is the same, but carried to this expiry at the rate.
-- at_strike is the strike nearest the underlying (a tie: the lower), strike_gap the commonest
-- step within 10 strikes of it (a tie: the smaller).
CREATE FUNCTION ops.value_batch(p_rate double precision) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_value (
        chain, implied, implied_source, forward, underlying, underlying_source,
        at_strike, strike_gap
    )
    WITH ladder AS (
        SELECT
            quote.chain,
            array_agg(raw.strike ORDER BY raw.strike) AS strikes,
            nullif((array_agg(raw.underlying ORDER BY raw.strike))[1], 'NaN') AS from_feed
        FROM pg_temp.quote_batch AS raw
        INNER JOIN pg_temp.batch_quote AS quote ON raw.row_no = quote.row_no
        GROUP BY quote.chain
    ),

    priced AS (
        SELECT DISTINCT ON (ladder.chain)
            ladder.chain, ladder.strikes,
            forward.forward AS implied,
            CASE
                WHEN forward.chain = ladder.chain THEN 'parity'
                WHEN forward.chain IS NOT NULL THEN 'other_expiry'
            END AS implied_source,
            forward.forward
            * exp(p_rate * ops.years(chain.expires_at - other.expires_at)) AS forward,
            ladder.from_feed,
            coalesce(ladder.from_feed, forward.forward) AS underlying
        FROM ladder
        INNER JOIN pg_temp.batch_chain AS chain ON ladder.chain = chain.chain
        LEFT JOIN pg_temp.batch_forward AS forward
            ON chain.symbol = forward.symbol AND chain.quote_time = forward.quote_time
        LEFT JOIN pg_temp.batch_chain AS other ON forward.chain = other.chain
        ORDER BY ladder.chain, abs(forward.expiry - chain.expiry), forward.expiry
    ),

    placed AS (
        SELECT
            priced.*,
            CASE
                WHEN below.place = 0 THEN 1
                WHEN
                    priced.strikes[below.place + 1] - priced.underlying
                    < priced.underlying - priced.strikes[below.place] THEN below.place + 1
                ELSE below.place
            END AS place
        FROM priced
        CROSS JOIN LATERAL (
            SELECT width_bucket(priced.underlying, priced.strikes) AS place
        ) AS below
    )

    SELECT
        placed.chain, placed.implied, placed.implied_source, placed.forward, placed.underlying,
        CASE WHEN placed.from_feed IS NOT NULL THEN 'feed' ELSE placed.implied_source END,
        placed.strikes[placed.place],
        (
            SELECT
                mode() WITHIN GROUP (
                    ORDER BY placed.strikes[rung.place + 1] - placed.strikes[rung.place]
                )
            FROM generate_series(
                greatest(placed.place - 10, 1),
                least(placed.place + 9, cardinality(placed.strikes) - 1)
            ) AS rung (place)
        )
    FROM placed;
END;
$$;
