-- One indicator over time at each moneyness level of a symbol's expiries.
--
-- One row per (expiry, moneyness_level, bucket_time), in that order; p_expiries NULL means those
-- alive now, p_around 10 means the levels -10 to 10. The window is p_from to before p_to; by
-- default the newest session. call and put are NULL where unknown; a word that is not known
-- raises 22023. Levels are an array and no range, so that every level is one step into the index
-- and what is read is what is answered, whatever the history. Plain SQL, so that it is inlined.
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
LANGUAGE sql STABLE AS $$
SELECT
    bar.bucket_time,
    bar.expiry,
    bar.moneyness_level,
    CASE p_indicator
        WHEN 'oi' THEN bar.call_oi
        WHEN 'oi_change' THEN bar.call_oi_change
        WHEN 'volume' THEN bar.call_volume
        WHEN 'ltp' THEN bar.call_ltp
        WHEN 'iv' THEN bar.call_iv
    END,
    CASE p_indicator
        WHEN 'oi' THEN bar.put_oi
        WHEN 'oi_change' THEN bar.put_oi_change
        WHEN 'volume' THEN bar.put_volume
        WHEN 'ltp' THEN bar.put_ltp
        WHEN 'iv' THEN bar.put_iv
    END
FROM fo.moneyness_bars_5min AS bar
WHERE ops.check_known_chain(
        p_symbol, p_timeframe, '{5min}', p_indicator, '{oi,oi_change,volume,ltp,iv}', p_around
    )
    AND ops.check_known_expiries(p_symbol, p_expiries, FALSE)
    AND bar.symbol = p_symbol
    AND bar.expiry = ANY(coalesce(p_expiries, (SELECT ops.known_expiries(p_symbol))))
    AND (
        p_around IS NULL
        OR bar.moneyness_level = ANY(ARRAY(SELECT generate_series(-p_around, p_around)))
    )
    AND bar.bucket_time >= coalesce(p_from, (SELECT ops.known_session(p_symbol)))
    AND bar.bucket_time < coalesce(p_to, 'infinity')
ORDER BY bar.expiry, bar.moneyness_level, bar.bucket_time;
$$;
