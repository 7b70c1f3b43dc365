-- The newest daily bars of the underlying, as they were known at an instant.
--
-- At most p_count, in no order; the last one is that of the session of p_at (NULL: now), so far.
-- Only those that have a logarithm.
CREATE FUNCTION ops.daily_bars(
    p_symbol text, p_at timestamptz, p_count integer
) RETURNS TABLE (
    bucket_time timestamptz,
    high double precision,
    low double precision,
    close double precision
)
LANGUAGE sql STABLE AS $$
WITH today AS (
    SELECT
        ops.session_at(p_symbol, p_at) AS bucket_time,
        max(bar.high) AS high,
        min(bar.low) AS low,
        (array_agg(bar.close ORDER BY bar.bucket_time DESC))[1] AS close
    FROM ops.session_bars(p_symbol, p_at) AS bar
    WHERE bar.low > 0
),

earlier AS (
    SELECT bar.bucket_time, bar.high, bar.low, bar.close
    FROM fo.underlying_bars_1d AS bar
    WHERE
        bar.symbol = p_symbol
        AND bar.bucket_time < (SELECT today.bucket_time FROM today)
        AND bar.low > 0
    ORDER BY bar.bucket_time DESC
    LIMIT p_count - 1
)

SELECT today.bucket_time, today.high, today.low, today.close
FROM today
WHERE today.close IS NOT NULL
UNION ALL
SELECT earlier.bucket_time, earlier.high, earlier.low, earlier.close
FROM earlier;
$$;
