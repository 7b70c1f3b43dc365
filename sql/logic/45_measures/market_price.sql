-- The middle of a market that can be priced; NULL where there is none.
--
-- It has two sides, is not crossed, and is at most as wide as its middle, or as two ticks. IV is
-- solved from the same price (jobs/pricing/pricing.py). Plain SQL, so that it is inlined.
CREATE FUNCTION ops.market_price(
    p_bid double precision, p_ask double precision, p_tick double precision
) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT
    CASE
        WHEN
            p_bid > 0
            AND p_ask >= p_bid
            AND p_ask - p_bid <= greatest((p_bid + p_ask) / 2, 2 * p_tick)
            THEN ops.as_written((p_bid + p_ask) / 2)
    END;
$$;
