-- The strikes of an expiry around one of them, as they were known at an instant: so many on each
-- side, in order.
CREATE FUNCTION ops.strikes_near(
    p_symbol text, p_expiry date, p_at timestamptz, p_strike double precision, p_around integer
) RETURNS analytics.chain_strike[]
LANGUAGE sql STABLE AS $$
SELECT array_agg(near.strike ORDER BY (near.strike).strike)
FROM (
    SELECT
        chain AS strike,
        row_number() OVER (
            PARTITION BY chain.strike > p_strike ORDER BY abs(chain.strike - p_strike)
        ) AS place,
        chain.strike > p_strike AS is_above
    FROM ops.chains(p_symbol, ARRAY[p_expiry], ARRAY[p_at]) AS chain
) AS near
WHERE near.place <= p_around + CASE WHEN near.is_above THEN 0 ELSE 1 END;
$$;
