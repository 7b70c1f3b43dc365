-- Max pain over time, and how far from it the underlying was.
CREATE FUNCTION analytics.max_pain_series(
    p_symbol text,
    p_expiry date DEFAULT NULL,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    bucket_time timestamptz,
    max_pain double precision,
    underlying double precision,
    underlying_source text,
    distance double precision
)
LANGUAGE sql STABLE AS $$
SELECT
    series.expiry, series.bucket_time, series.max_pain, series.underlying,
    series.underlying_source, ops.minus(series.max_pain, series.underlying)
FROM
    ops.metrics_series(
        p_symbol, CASE WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry] END, p_timeframe, p_from, p_to
    ) AS series
ORDER BY series.expiry, series.bucket_time;
$$;

COMMENT ON FUNCTION analytics.max_pain_series IS
'Max pain (analytics.max_pain) at the last quote of each bucket, with the underlying then. '
'distance = max_pain - underlying, in points: positive where max pain is above. Windows, '
'timeframes and errors as of analytics.expiry_series; p_expiry NULL means every live expiry.';
