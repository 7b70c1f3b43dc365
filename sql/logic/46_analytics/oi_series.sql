-- Open interest over time at each strike of a symbol's expiries.
CREATE FUNCTION analytics.oi_series(
    p_symbol text,
    p_expiry date DEFAULT NULL,
    p_strikes double precision[] DEFAULT NULL,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    strike double precision,
    bucket_time timestamptz,
    call_oi bigint,
    put_oi bigint,
    call_oi_change bigint,
    put_oi_change bigint,
    call_oi_change_running bigint,
    put_oi_change_running bigint
)
LANGUAGE plpgsql STABLE
SET random_page_cost = 0 SET seq_page_cost = 0 SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_window ops.bar_window := ops.check_known_bars(
        p_symbol, p_expiry, p_strikes, p_timeframe, p_from, p_to
    );
BEGIN
    RETURN QUERY
    SELECT
        bar.expiry,
        bar.strike,
        bar.bucket_time,
        bar.call_oi,
        bar.put_oi,
        bar.call_oi_change,
        bar.put_oi_change,
        (sum(bar.call_oi_change) OVER so_far)::bigint,
        (sum(bar.put_oi_change) OVER so_far)::bigint
    FROM ops.option_bars(p_symbol, p_timeframe, v_window) AS bar
    WINDOW so_far AS (PARTITION BY bar.expiry, bar.strike ORDER BY bar.bucket_time)
    ORDER BY bar.expiry, bar.strike, bar.bucket_time;
END;
$$;

COMMENT ON FUNCTION analytics.oi_series IS
'Open interest over time by strike, from fo.option_strike_bars_*: one row per expiry, strike and '
'bucket in which it was quoted, in that order, in units of the underlying. p_strikes NULL means '
'all strikes; p_timeframe is 1min, 5min, 15min, 1h or 1d. The window is the buckets that begin at '
'p_from or later and before p_to; by default the newest session. oi is the last known in the '
'bucket, oi_change the growths in it, running their sum since the window began. NULL is unknown; '
'running is NULL until something is known. What OI did between two sessions is in no change: see '
'oi for that.';
