-- The bars of a symbol's contracts that begin in a window, p_from to before p_to.
--
-- The one place where a series of bars by strike is read; refuses what is not known. p_expiry NULL
-- means every living expiry, p_strikes NULL every strike, p_from NULL the newest session. In no
-- order. What is read is what is answered, whatever the history: see analytics.moneyness_series.
CREATE FUNCTION ops.option_bars(
    p_symbol text,
    p_expiry date,
    p_strikes double precision[],
    p_timeframe text,
    p_from timestamptz,
    p_to timestamptz
) RETURNS SETOF ops.option_bar
LANGUAGE plpgsql STABLE
SET random_page_cost = 0 SET seq_page_cost = 0 SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_expiries date[];
    v_strikes double precision[];
    v_from timestamptz;
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, p_expiry, FALSE);
    PERFORM ops.check_known('timeframe', p_timeframe, '{1min,5min,15min,1h,1d}');
    v_expiries := coalesce(
        CASE WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry] END, ops.known_expiries(p_symbol)
    );
    v_strikes := coalesce(
        p_strikes,
        ARRAY(
            SELECT DISTINCT contract.strike
            FROM fo.contract AS contract
            WHERE contract.symbol = p_symbol AND contract.expiry = ANY(v_expiries)
        )
    );
    v_from := coalesce(
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
    RETURN QUERY
    SELECT bar.*
    FROM ops.option_bar AS bar
    WHERE bar.timeframe = p_timeframe
        AND bar.symbol = p_symbol
        AND bar.expiry = ANY(v_expiries)
        AND bar.strike = ANY(v_strikes)
        AND bar.bucket_time >= v_from
        AND bar.bucket_time < coalesce(p_to, 'infinity');
END;
$$;
