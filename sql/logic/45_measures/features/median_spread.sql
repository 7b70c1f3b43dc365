-- The median spread of the legs of some strikes, as a share of the middle.
--
-- Of those with two sides that are not crossed; NULL where there are none.
CREATE FUNCTION ops.median_spread(p_strikes analytics.chain_strike[])
RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
SELECT
    percentile_cont(0.5) WITHIN GROUP (
        ORDER BY ops.share(ops.minus(leg.ask, leg.bid), (leg.bid + leg.ask) / 2)
    )
FROM unnest(p_strikes) AS strike
CROSS JOIN
    LATERAL (
        VALUES (strike.call_bid, strike.call_ask), (strike.put_bid, strike.put_ask)
    ) AS leg (bid, ask)
WHERE leg.bid > 0 AND leg.ask >= leg.bid;
$$;
