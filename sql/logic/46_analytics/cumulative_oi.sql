-- Who writes more: the change of call and of put open interest of an expiry, added up over time.
CREATE FUNCTION analytics.cumulative_oi(
    p_symbol text,
    p_expiry date DEFAULT NULL,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    bucket_time timestamptz,
    call_oi_change bigint,
    put_oi_change bigint,
    call_oi_change_running bigint,
    put_oi_change_running bigint,
    net_oi_change_running bigint
)
LANGUAGE plpgsql STABLE
SET random_page_cost = 0 SET seq_page_cost = 0 SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_window ops.bar_window := ops.check_known_bars(
        p_symbol, p_expiry, NULL, p_timeframe, p_from, p_to
    );
BEGIN
    PERFORM ops.check_growth(p_symbol, 'oi');
    RETURN QUERY
    WITH bucket AS (
        SELECT
            bar.expiry,
            bar.bucket_time,
            sum(bar.call_oi_change)::bigint AS call_oi_change,
            sum(bar.put_oi_change)::bigint AS put_oi_change
        FROM ops.option_bars(p_symbol, p_timeframe, v_window) AS bar
        GROUP BY bar.expiry, bar.bucket_time
    )

    SELECT
        bucket.expiry,
        bucket.bucket_time,
        bucket.call_oi_change,
        bucket.put_oi_change,
        (sum(bucket.call_oi_change) OVER so_far)::bigint,
        (sum(bucket.put_oi_change) OVER so_far)::bigint,
        (sum(bucket.put_oi_change) OVER so_far - sum(bucket.call_oi_change) OVER so_far)::bigint
    FROM bucket
    WINDOW so_far AS (PARTITION BY bucket.expiry ORDER BY bucket.bucket_time)
    ORDER BY bucket.expiry, bucket.bucket_time;
END;
$$;

COMMENT ON FUNCTION analytics.cumulative_oi IS
'Who is writing more: the changes of call OI and of put OI over all strikes of an expiry, one row '
'per expiry and bucket, in units of the underlying; running is their sum since the window began, '
'and net_oi_change_running = put - call: above 0 more puts than calls were opened. From the '
'oi_change of fo.option_strike_bars_*, so what OI did between two sessions is in none of it. '
'p_timeframe is 1min, 5min, 15min, 1h or 1d; the window is the buckets that begin at p_from or '
'later and before p_to; by default the newest session. Sums leave out what is unknown; NULL until '
'something is known, and the net until both are. Refused where the feed''s OI is that of '
'yesterday.';
