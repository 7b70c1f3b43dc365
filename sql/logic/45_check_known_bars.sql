-- Refuse what a series of bars by strike cannot answer, and say which bars are meant.
--
-- p_expiry NULL means every living expiry, p_strikes NULL every strike, p_from NULL the newest
-- session, p_to NULL no end.
CREATE FUNCTION ops.check_known_bars(
    p_symbol text,
    p_expiry date,
    p_strikes double precision[],
    p_timeframe text,
    p_from timestamptz,
    p_to timestamptz
) RETURNS ops.bar_window
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_window ops.bar_window;
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, p_expiry, FALSE);
    PERFORM ops.check_known('timeframe', p_timeframe, '{1min,5min,15min,1h,1d}');
    v_window.expiries := coalesce(
        CASE WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry] END, ops.known_expiries(p_symbol)
    );
    v_window.strikes := coalesce(
        p_strikes,
        ARRAY(
            SELECT DISTINCT contract.strike
            FROM fo.contract AS contract
            WHERE contract.symbol = p_symbol AND contract.expiry = ANY(v_window.expiries)
        )
    );
    v_window.from_time := coalesce(
        p_from,
        ops.session_start(
            p_symbol,
            (
                SELECT max(bar.bucket_time)
                FROM fo.option_strike_bars_1min AS bar
                WHERE bar.symbol = p_symbol
            )
        )
    );
    v_window.to_time := coalesce(p_to, 'infinity');
    RETURN v_window;
END;
$$;
