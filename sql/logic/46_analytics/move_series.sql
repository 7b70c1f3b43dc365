-- What the market expected of the underlying over time, and how far it has moved.
CREATE FUNCTION analytics.move_series(
    p_symbol text,
    p_expiry date DEFAULT NULL,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    bucket_time timestamptz,
    underlying double precision,
    underlying_source text,
    realised_move double precision,
    straddle double precision,
    expected_move double precision,
    straddle_at_first double precision,
    expected_move_at_first double precision
)
LANGUAGE sql STABLE AS $$
SELECT
    series.expiry, series.bucket_time, series.underlying, series.underlying_source,
    ops.minus(
        series.underlying,
        first_value(series.underlying) OVER (
            PARTITION BY series.expiry, series.underlying IS NULL ORDER BY series.bucket_time
        )
    ),
    series.straddle, series.expected_move,
    first_value(series.straddle) OVER (
        PARTITION BY series.expiry, series.straddle IS NULL ORDER BY series.bucket_time
    ),
    first_value(series.expected_move) OVER (
        PARTITION BY series.expiry, series.expected_move IS NULL ORDER BY series.bucket_time
    )
FROM
    ops.metrics_series(
        p_symbol, CASE WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry] END, p_timeframe, p_from, p_to
    ) AS series
ORDER BY series.expiry, series.bucket_time;
$$;

COMMENT ON FUNCTION analytics.move_series IS
'The move of the underlying since its first known price of the window, in points, beside what was '
'expected: straddle and expected_move of analytics.atm at the last quote of each bucket, and the '
'first known ones of the window, which the move is compared with. Windows, '
'timeframes and errors as of analytics.expiry_series; p_expiry NULL means every live expiry.';
