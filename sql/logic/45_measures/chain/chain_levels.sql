-- The strikes of a chain that hold most: OI on either side of the underlying, and GEX. One row.
--
-- Support has the most put OI at or below the underlying, resistance the most call OI at or above
-- it, the nearer one of two. The walls have the most call GEX, the lower one of two, and the most
-- negative put GEX, the higher one. NULL where that most is nothing.
CREATE FUNCTION ops.chain_levels(p_strikes ops.measured_strike[])
RETURNS TABLE (
    support double precision, support_oi bigint,
    resistance double precision, resistance_oi bigint,
    call_wall double precision, put_wall double precision
)
LANGUAGE sql IMMUTABLE AS $$
SELECT
    max(chain.strike) FILTER (
        WHERE chain.put_oi = chain.most_put_oi AND chain.strike <= chain.underlying
    ),
    min(chain.most_put_oi),
    min(chain.strike) FILTER (
        WHERE chain.call_oi = chain.most_call_oi AND chain.strike >= chain.underlying
    ),
    min(chain.most_call_oi),
    min(chain.strike) FILTER (WHERE chain.call_gex = chain.most_call_gex AND chain.call_gex > 0),
    max(chain.strike) FILTER (WHERE chain.put_gex = chain.most_put_gex AND chain.put_gex < 0)
FROM (
    SELECT
        strike.*,
        nullif(
            max(strike.put_oi) FILTER (WHERE strike.strike <= strike.underlying) OVER (), 0
        ) AS most_put_oi,
        nullif(
            max(strike.call_oi) FILTER (WHERE strike.strike >= strike.underlying) OVER (), 0
        ) AS most_call_oi,
        max(strike.call_gex) OVER () AS most_call_gex,
        min(strike.put_gex) OVER () AS most_put_gex
    FROM unnest(p_strikes) AS strike
) AS chain;
$$;
