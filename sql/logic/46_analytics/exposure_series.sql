-- The levels of exposure over time, and where the underlying was.
CREATE FUNCTION analytics.exposure_series(
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
    gex_flip double precision,
    call_wall double precision,
    put_wall double precision,
    net_gex double precision,
    net_dex double precision,
    net_vanna double precision,
    net_charm double precision,
    known_legs bigint,
    legs bigint
)
LANGUAGE sql STABLE AS $$
SELECT
    series.expiry, series.bucket_time, series.underlying, series.underlying_source,
    series.gex_flip, series.call_wall, series.put_wall,
    series.net_gex, series.net_dex, series.net_vanna, series.net_charm,
    series.known_legs, series.legs
FROM
    ops.metrics_series(
        p_symbol, CASE WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry] END, p_timeframe, p_from, p_to
    ) AS series
ORDER BY series.expiry, series.bucket_time;
$$;

COMMENT ON FUNCTION analytics.exposure_series IS
'The figures of analytics.exposure_levels at the last quote of each bucket, with the underlying '
'then. Windows, timeframes and errors as of analytics.expiry_series; p_expiry NULL means every '
'live expiry.';
