-- How an expiry's open interest lies across its strikes.
CREATE FUNCTION analytics.oi_profile(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    strike double precision,
    distance double precision,
    call_oi bigint,
    put_oi bigint,
    net_oi bigint,
    call_oi_share double precision,
    put_oi_share double precision,
    call_oi_cumulative bigint,
    put_oi_cumulative bigint,
    is_support boolean,
    is_resistance boolean
)
LANGUAGE sql STABLE AS $$
SELECT
    chain.expiry,
    chain.strike,
    ops.minus(chain.strike, chain.underlying),
    chain.call_oi,
    chain.put_oi,
    chain.put_oi - chain.call_oi,
    chain.call_oi / nullif(sum(chain.call_oi::double precision) OVER whole, 0),
    chain.put_oi / nullif(sum(chain.put_oi::double precision) OVER whole, 0),
    (sum(chain.call_oi) OVER upwards)::bigint,
    (sum(chain.put_oi) OVER downwards)::bigint,
    chain.strike = levels.support,
    chain.strike = levels.resistance
FROM analytics.chain(p_symbol, p_expiry, p_at) AS chain
INNER JOIN analytics.oi_levels(p_symbol, p_expiry, p_at) AS levels ON chain.expiry = levels.expiry
WINDOW
    whole AS (PARTITION BY chain.expiry),
    upwards AS (PARTITION BY chain.expiry ORDER BY chain.strike),
    downwards AS (PARTITION BY chain.expiry ORDER BY chain.strike DESC)
ORDER BY chain.expiry, chain.strike;
$$;

COMMENT ON FUNCTION analytics.oi_profile IS
'Open interest across the strikes of an expiry, one row per strike, in units of the underlying. '
'net_oi = put_oi - call_oi, NULL unless both are known. A share is that of the expiry''s call OI, '
'or put OI, 0 to 1; NULL where it has none. call_oi_cumulative adds up from the lowest strike, '
'put_oi_cumulative from the highest: the calls in the money, and the puts, if it expired there. '
'Sums leave out what is unknown, and are NULL until something is known. distance = strike - '
'underlying, in points. is_support and is_resistance mark the strikes of analytics.oi_levels; NULL '
'where there is no such level.';
