-- One indicator over time at each moneyness level of a symbol's expiries.
--
-- One row per (expiry, moneyness_level, bucket_time), in that order; p_expiries NULL means those
-- live, p_around 10 means the levels -10 to 10. The window is p_from to before p_to; by
-- default the newest session. call and put are NULL where unknown; a word that is not known
-- raises 22023.
--
-- What is read is what is answered, whatever the history: levels are an array and no range, so
-- that each is one step into the index. Costs of pages are set to nothing because they would
-- have the planner read whole days, which lie together, rather than the rows asked for.
CREATE FUNCTION analytics.moneyness_series(
    p_symbol text,
    p_timeframe text DEFAULT '5min',
    p_expiries date[] DEFAULT NULL,
    p_indicator text DEFAULT 'oi',
    p_around integer DEFAULT NULL,
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    bucket_time timestamptz,
    expiry date,
    moneyness_level integer,
    call double precision,
    put double precision
)
LANGUAGE plpgsql STABLE
SET random_page_cost = 0 SET seq_page_cost = 0 SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_expiries date[];
    v_levels integer[];
    v_from timestamptz;
BEGIN
    PERFORM ops.check_known_chain(
        p_symbol, p_timeframe, ops.timeframes_of('moneyness_series'),
        p_indicator, '{oi,oi_change,volume,ltp,iv}', p_around
    );
    PERFORM ops.check_known_expiries(p_symbol, p_expiries, FALSE);
    v_levels := ARRAY(SELECT generate_series(-p_around, p_around));
    v_expiries := coalesce(p_expiries, ops.known_expiries(p_symbol));
    v_from := coalesce(p_from, ops.known_session(p_symbol));
    RETURN QUERY
    SELECT
        bar.bucket_time,
        bar.expiry,
        bar.moneyness_level,
        CASE p_indicator
            WHEN 'oi' THEN bar.call_oi
            WHEN 'oi_change' THEN bar.call_oi_change
            WHEN 'volume' THEN bar.call_volume
            WHEN 'ltp' THEN ops.as_written(bar.call_ltp)
            WHEN 'iv' THEN bar.call_iv
        END,
        CASE p_indicator
            WHEN 'oi' THEN bar.put_oi
            WHEN 'oi_change' THEN bar.put_oi_change
            WHEN 'volume' THEN bar.put_volume
            WHEN 'ltp' THEN ops.as_written(bar.put_ltp)
            WHEN 'iv' THEN bar.put_iv
        END
    FROM fo.moneyness_bars_5min AS bar
    WHERE
        bar.symbol = p_symbol
        AND bar.expiry = ANY(v_expiries)
        AND (p_around IS NULL OR bar.moneyness_level = ANY(v_levels))
        AND bar.bucket_time >= v_from
        AND bar.bucket_time < coalesce(p_to, 'infinity')
    ORDER BY bar.expiry, bar.moneyness_level, bar.bucket_time;
END;
$$;

COMMENT ON FUNCTION analytics.moneyness_series IS
'One indicator by moneyness level over time, from fo.moneyness_bars_5min: it stays at the money as '
'the money moves. Averages of prices, IV and OI, sums of volume and oi_change over each bucket. '
'Unknown is NULL. Words that are not known raise 22023.';
