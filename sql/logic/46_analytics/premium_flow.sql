-- How much premium was traded in calls and in puts of an expiry over time, in currency.
CREATE FUNCTION analytics.premium_flow(
    p_symbol text,
    p_expiry date DEFAULT NULL,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    bucket_time timestamptz,
    call_premium double precision,
    put_premium double precision,
    net_premium double precision,
    call_premium_running double precision,
    put_premium_running double precision,
    net_premium_running double precision
)
LANGUAGE plpgsql STABLE
SET random_page_cost = 0 SET seq_page_cost = 0 SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_window ops.bar_window := ops.check_known_bars(
        p_symbol, p_expiry, NULL, p_timeframe, p_from, p_to
    );
BEGIN
    PERFORM ops.check_growth(p_symbol, 'volume');
    RETURN QUERY
    WITH bucket AS (
        SELECT
            bar.expiry,
            bar.bucket_time,
            ops.as_written(sum(bar.call_volume * bar.call_close)) AS call_premium,
            ops.as_written(sum(bar.put_volume * bar.put_close)) AS put_premium
        FROM ops.option_bars(p_symbol, p_timeframe, v_window) AS bar
        GROUP BY bar.expiry, bar.bucket_time
    )

    SELECT
        bucket.expiry,
        bucket.bucket_time,
        bucket.call_premium,
        bucket.put_premium,
        ops.minus(bucket.call_premium, bucket.put_premium),
        ops.as_written(sum(bucket.call_premium) OVER so_far),
        ops.as_written(sum(bucket.put_premium) OVER so_far),
        ops.minus(
            sum(bucket.call_premium) OVER so_far, sum(bucket.put_premium) OVER so_far
        )
    FROM bucket
    WINDOW so_far AS (PARTITION BY bucket.expiry ORDER BY bucket.bucket_time)
    ORDER BY bucket.expiry, bucket.bucket_time;
END;
$$;

COMMENT ON FUNCTION analytics.premium_flow IS
'The premium traded in an expiry, in currency, one row per expiry and bucket: the sum over strikes '
'of volume * close from fo.option_strike_bars_*, of calls, of puts, and net = call - put; running '
'is their sum since the window began. A close stands for every price of its bucket, so a finer '
'timeframe is nearer to what was paid. It does not tell who bought. p_timeframe is 1min, 5min, '
'15min, 1h or 1d; the window is the buckets that begin at p_from or later and before p_to; by '
'default the newest session. A leg without a volume or a price is left out; NULL where all are, '
'and the net where either side is. Refused where the feed''s volume is no session total.';
