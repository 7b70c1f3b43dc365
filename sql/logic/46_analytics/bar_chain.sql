-- The chain in bars: the newest bar of each contract, now or at an instant.
CREATE FUNCTION analytics.bar_chain(
    p_symbol text,
    p_expiry date DEFAULT NULL,
    p_timeframe text DEFAULT '5min',
    p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    strike double precision,
    bucket_time timestamptz,
    underlying double precision,
    moneyness_level integer,
    quotes bigint,
    call_open double precision,
    call_high double precision,
    call_low double precision,
    call_close double precision,
    call_bid double precision,
    call_ask double precision,
    call_volume bigint,
    call_oi bigint,
    call_oi_change bigint,
    call_iv double precision,
    put_open double precision,
    put_high double precision,
    put_low double precision,
    put_close double precision,
    put_bid double precision,
    put_ask double precision,
    put_volume bigint,
    put_oi bigint,
    put_oi_change bigint,
    put_iv double precision
)
LANGUAGE plpgsql STABLE SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
DECLARE
    c_figures constant text := 'bar.underlying, bar.moneyness_level, bar.quotes,'
    ' bar.call_open, bar.call_high, bar.call_low, bar.call_close, bar.call_bid, bar.call_ask,'
    ' bar.call_volume, bar.call_oi, bar.call_oi_change, bar.call_iv,'
    ' bar.put_open, bar.put_high, bar.put_low, bar.put_close, bar.put_bid, bar.put_ask,'
    ' bar.put_volume, bar.put_oi, bar.put_oi_change, bar.put_iv';
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_at timestamptz := coalesce(
        p_at,
        (
            SELECT instrument.clock
            FROM fo.instrument AS instrument
            WHERE instrument.symbol = p_symbol
        )
    );
    v_expiries date[];
    v_rollup text := 'option_strike_bars_' || p_timeframe;
    v_width interval := (
        SELECT known.width FROM job.rollup AS known WHERE known.rollup = v_rollup
    );
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, p_expiry, p_at IS NULL);
    PERFORM ops.check_known('timeframe', p_timeframe, ops.timeframes_of('bar_chain'));
    v_expiries := CASE
        WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry]
        WHEN p_at IS NULL THEN ops.known_expiries(p_symbol)
        ELSE ops.expiries_from(p_symbol, (p_at AT TIME ZONE v_exchange.time_zone)::date)
    END;
    IF p_at IS NULL AND p_timeframe IN ('1min', '5min', '15min') THEN
        RETURN QUERY EXECUTE format(
            'SELECT bar.expiry, bar.strike, bar.quote_time, %s FROM fo.latest_snapshot AS bar'
            ' WHERE bar.timeframe = $1 AND bar.symbol = $2 AND bar.expiry = ANY($3)'
            ' ORDER BY bar.expiry, bar.strike',
            c_figures
        ) USING p_timeframe, p_symbol, v_expiries;
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT contract.expiry, contract.strike, bar.bucket_time, %s FROM fo.contract AS contract'
        ' INNER JOIN fo.expiry AS life'
        ' ON contract.symbol = life.symbol AND contract.expiry = life.expiry'
        ' CROSS JOIN LATERAL ('
        'SELECT source.* FROM fo.%I AS source WHERE source.symbol = contract.symbol'
        ' AND source.expiry = contract.expiry AND source.strike = contract.strike'
        ' AND source.bucket_time <= $3 AND source.bucket_time > $3 - interval ''30 days'''
        ' ORDER BY source.bucket_time DESC LIMIT 1) AS bar'
        ' WHERE contract.symbol = $1 AND contract.expiry = ANY($2) AND life.expires_at > $4'
        ' AND (contract.delisted_at IS NULL OR contract.delisted_at > $4)'
        ' ORDER BY contract.expiry, contract.strike',
        c_figures, v_rollup
    ) USING
        p_symbol, v_expiries,
        CASE WHEN p_at IS NULL THEN v_at ELSE p_at - v_width END, v_at;
END;
$$;

COMMENT ON FUNCTION analytics.bar_chain IS
'The chain in bars of p_timeframe (1min, 5min, 15min, 1h or 1d): the newest bar of each contract, '
'one row per expiry and strike, in order; p_expiry NULL means every live expiry. p_at NULL: the '
'newest bar, which may be unfinished; else the newest one that was over at p_at, at most 30 days '
'before it: nothing of it was known later. Figures as of analytics.option_bars. An unknown symbol, '
'expiry or timeframe raises 22023.';
