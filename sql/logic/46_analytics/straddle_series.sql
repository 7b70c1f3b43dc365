-- The straddle at the money over time: at each moment that of the strike which was there then.
CREATE FUNCTION analytics.straddle_series(
    p_symbol text,
    p_expiry date DEFAULT NULL,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    bucket_time timestamptz,
    atm_strike double precision,
    underlying double precision,
    underlying_source text,
    call_price double precision,
    put_price double precision,
    straddle double precision,
    straddle_change double precision,
    atm_iv double precision
)
LANGUAGE sql STABLE AS $$
SELECT
    series.expiry, series.bucket_time, series.atm_strike, series.underlying,
    series.underlying_source,
    series.call_price, series.put_price, series.straddle,
    ops.minus(
        series.straddle,
        first_value(series.straddle) OVER (
            PARTITION BY series.expiry, series.straddle IS NULL ORDER BY series.bucket_time
        )
    ),
    series.atm_iv
FROM
    ops.metrics_series(
        p_symbol, CASE WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry] END, p_timeframe, p_from, p_to
    ) AS series
ORDER BY series.expiry, series.bucket_time;
$$;

COMMENT ON FUNCTION analytics.straddle_series IS
'The rolling straddle: the figures of analytics.atm at the last quote of each bucket, so of the '
'strike that was at the money then, in points. straddle_change is since the first known straddle '
'of the window. Windows, timeframes and errors as of analytics.expiry_series; p_expiry NULL means '
'every live expiry. analytics.fixed_straddle_series stays at one strike.';
