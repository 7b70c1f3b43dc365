-- The volatility surface: the IV of each expiry at fixed deltas.
CREATE FUNCTION analytics.surface(
    p_symbol text, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    years double precision,
    delta integer,
    iv double precision,
    total_variance double precision,
    log_moneyness double precision
)
LANGUAGE sql STABLE AS $$
WITH point AS (
    SELECT
        smile.expiry, smile.years, smile.log_moneyness, smile.iv,
        smile.log_moneyness >= 0 AS is_call,
        100 * CASE WHEN smile.log_moneyness >= 0 THEN smile.delta ELSE 1 + smile.delta END AS delta
    FROM analytics.smile(p_symbol, NULL, p_at) AS smile
    WHERE smile.iv IS NOT NULL AND smile.delta IS NOT NULL
),

step AS (
    SELECT
        point.*,
        lag(point.delta) OVER upwards AS delta_below,
        lag(point.iv) OVER upwards AS iv_below,
        lag(point.log_moneyness) OVER upwards AS log_moneyness_below,
        lag(point.is_call) OVER upwards AS is_call_below
    FROM point
    WINDOW upwards AS (PARTITION BY point.expiry ORDER BY point.log_moneyness)
),

crossing AS (
    SELECT DISTINCT ON (step.expiry, bucket.delta)
        step.expiry, bucket.delta, weight.of_below,
        step.iv + (step.iv_below - step.iv) * weight.of_below AS iv,
        step.log_moneyness
        + (step.log_moneyness_below - step.log_moneyness) * weight.of_below AS log_moneyness
    FROM step
    INNER JOIN unnest(ARRAY[90, 75, 50, 25, 10]) AS bucket (delta)
        ON
            step.delta <= bucket.delta
            AND step.delta_below >= bucket.delta
            AND step.delta < step.delta_below
            AND (bucket.delta >= 50 OR step.is_call_below)
            AND (bucket.delta <= 50 OR NOT step.is_call)
    CROSS JOIN
        LATERAL (
            SELECT (bucket.delta - step.delta) / (step.delta_below - step.delta) AS of_below
        ) AS weight
    ORDER BY
        step.expiry, bucket.delta,
        least(abs(step.log_moneyness), abs(step.log_moneyness_below))
)

SELECT
    term.expiry, term.years, bucket.delta,
    crossing.iv, crossing.iv ^ 2 * term.years, crossing.log_moneyness
FROM (SELECT DISTINCT point.expiry, point.years FROM point) AS term
CROSS JOIN unnest(ARRAY[90, 75, 50, 25, 10]) AS bucket (delta)
LEFT JOIN crossing ON term.expiry = crossing.expiry AND bucket.delta = crossing.delta
ORDER BY term.expiry ASC, bucket.delta DESC;
$$;

COMMENT ON FUNCTION analytics.surface IS
'The surface by delta: five rows per expiry that has any IV out of the money, from the lowest '
'strikes to the highest. delta is the axis, in percent: 25 and 10 are calls of delta 0.25 and '
'0.10, 75 and 90 the puts of delta -0.25 and -0.10 (100 + 100 * delta of the put), 50 is what lies '
'between. iv is linear in delta between the two neighbours of the smile (legs out of the money, '
'see analytics.smile) that bracket it, the nearest ones to the forward: of 10 and 25 both calls, '
'of 75 and 90 both puts, so that 25 and 75 are the wings of analytics.skew; NULL where not '
'bracketed. total_variance = iv^2 * years; log_moneyness = ln(K / forward) of that point, '
'interpolated alike.';
