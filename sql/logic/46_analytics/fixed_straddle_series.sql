-- The straddle of one strike over time.
CREATE FUNCTION analytics.fixed_straddle_series(
    p_symbol text,
    p_expiry date,
    p_strike double precision,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    bucket_time timestamptz,
    underlying double precision,
    call_price double precision,
    put_price double precision,
    straddle double precision,
    straddle_change double precision
)
LANGUAGE plpgsql STABLE SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
BEGIN
    PERFORM ops.check_known_strike(p_symbol, p_expiry, p_strike);
    PERFORM ops.check_known('timeframe', p_timeframe, ops.timeframes_of('fixed_straddle_series'));
    RETURN QUERY EXECUTE format(
        $sql$
        SELECT
            bar.bucket_time, bar.underlying, bar.call_close, bar.put_close, both_legs.price,
            ops.minus(
                both_legs.price,
                first_value(both_legs.price) OVER (
                    PARTITION BY both_legs.price IS NULL ORDER BY bar.bucket_time
                )
            )
        FROM fo.%I AS bar
        CROSS JOIN LATERAL (
            SELECT ops.as_written(bar.call_close + bar.put_close) AS price
        ) AS both_legs
        WHERE bar.symbol = $1 AND bar.expiry = $2 AND bar.strike = $3
            AND bar.bucket_time >= $4 AND bar.bucket_time < $5
        ORDER BY bar.bucket_time
        $sql$,
        'option_strike_bars_' || p_timeframe
    ) USING
        p_symbol, p_expiry, p_strike,
        coalesce(p_from, ops.known_session(p_symbol)), coalesce(p_to, 'infinity');
END;
$$;

COMMENT ON FUNCTION analytics.fixed_straddle_series IS
'The straddle of one strike, from its bars: call_price and put_price are the last traded prices at '
'the end of each bucket, straddle their sum, NULL where a leg was not traded in the bucket. '
'straddle_change is since the first known straddle of the window: what who bought it then has '
'made, in points. Windows and timeframes as of analytics.expiry_series. An unknown symbol, expiry, '
'strike or timeframe raises 22023.';
