-- The IV at a maturity of p_days at the end of each session that begins in a window.
--
-- p_from to before p_to; see analytics.constant_maturity_iv. No row for a session without any IV.
CREATE FUNCTION ops.closing_ivs(
    p_symbol text, p_from timestamptz, p_to timestamptz, p_days integer
) RETURNS TABLE (bucket_time timestamptz, iv double precision)
LANGUAGE sql STABLE AS $$
SELECT
    around.bucket_time,
    ops.iv_at_maturity(around.near, around.far, p_days / double precision '365')
FROM (
    SELECT
        metrics.bucket_time,
        -- Arrays are compared by their first elements.
        max(ARRAY[metrics.years, metrics.atm_iv])
        FILTER (WHERE metrics.years <= p_days / double precision '365') AS near,
        min(ARRAY[metrics.years, metrics.atm_iv])
        FILTER (WHERE metrics.years >= p_days / double precision '365') AS far
    FROM fo.expiry_metrics_1d AS metrics
    WHERE
        metrics.symbol = p_symbol
        AND metrics.bucket_time >= p_from
        AND metrics.bucket_time < p_to
        AND metrics.atm_iv IS NOT NULL
    GROUP BY metrics.bucket_time
) AS around
ORDER BY around.bucket_time;
$$;
