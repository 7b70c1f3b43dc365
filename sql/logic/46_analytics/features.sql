-- What was known of a symbol at an instant, as one row of figures for models.
CREATE FUNCTION analytics.features(
    p_symbol text, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    symbol text,
    at timestamptz,
    expiry date,
    atm_iv double precision,
    atm_iv_change_5min double precision,
    atm_iv_change_15min double precision,
    atm_iv_change_60min double precision,
    next_atm_iv double precision,
    next_atm_iv_change_5min double precision,
    next_atm_iv_change_15min double precision,
    next_atm_iv_change_60min double precision,
    skew_25 double precision,
    skew_25_change_5min double precision,
    skew_25_change_15min double precision,
    skew_25_change_60min double precision,
    term_slope double precision,
    term_slope_change_5min double precision,
    term_slope_change_15min double precision,
    term_slope_change_60min double precision,
    pcr_oi double precision,
    pcr_volume double precision,
    call_oi_change_atm_15min double precision,
    call_oi_change_atm_60min double precision,
    call_oi_change_atm_day double precision,
    call_oi_change_near_15min double precision,
    call_oi_change_near_60min double precision,
    call_oi_change_near_day double precision,
    put_oi_change_atm_15min double precision,
    put_oi_change_atm_60min double precision,
    put_oi_change_atm_day double precision,
    put_oi_change_near_15min double precision,
    put_oi_change_near_60min double precision,
    put_oi_change_near_day double precision,
    max_pain_distance double precision,
    call_wall_distance double precision,
    put_wall_distance double precision,
    gex_flip_distance double precision,
    net_gex_ratio double precision,
    straddle_ratio double precision,
    straddle_ratio_change_5min double precision,
    straddle_ratio_change_15min double precision,
    straddle_ratio_change_60min double precision,
    spread_near double precision,
    return_1min double precision,
    return_5min double precision,
    return_15min double precision,
    return_60min double precision,
    return_open double precision,
    session_volatility double precision,
    minutes_since_open double precision,
    minutes_to_close double precision,
    minutes_to_expiry double precision,
    known_share double precision
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_around constant integer := 5;
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_at timestamptz;
    v_underlying double precision;
    v_opens_at timestamptz;
    v_closes_at timestamptz;
    v_opened_before timestamptz;
    v_expires_at timestamptz;
    v_day timestamptz;
    v_front fo.expiry_metrics;
    v_next fo.expiry_metrics;
    v_chains fo.expiry_metrics[];
    v_expiries date[];
    v_now ops.feature_term;
    v_near analytics.chain_strike[];
    v_has_oi_growth boolean := (
        SELECT instrument.oi_kind = 'now'
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol
    );
BEGIN
    PERFORM ops.check_readable_topic('metrics');
    PERFORM ops.check_known_expiry(p_symbol, NULL, FALSE);
    SELECT moment.quote_time, moment.underlying INTO v_at, v_underlying
    FROM fo.underlying_quote AS moment
    WHERE
        moment.symbol = p_symbol
        AND moment.quote_time <= coalesce(p_at, 'infinity')
        AND moment.in_session
    ORDER BY moment.quote_time DESC
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    PERFORM ops.check_above_floor(p_symbol, v_at);
    SELECT opening.opens_at, opening.closes_at, before.opens_at
    INTO v_opens_at, v_closes_at, v_opened_before
    FROM ops.newest_opening(v_exchange.exchange, v_at) AS opening
    CROSS JOIN LATERAL ops.newest_opening(
        v_exchange.exchange, opening.opens_at - interval '1 microsecond'
    ) AS before;
    FOR v_next IN SELECT metrics.* FROM ops.first_chains(p_symbol, v_at, 2) AS metrics LOOP
        v_chains := v_chains || v_next;
    END LOOP;
    v_front := v_chains[1];
    v_next := v_chains[2];
    v_expiries := ARRAY[v_front.expiry, v_next.expiry];
    v_expires_at := (
        SELECT life.expires_at
        FROM fo.expiry AS life
        WHERE life.symbol = p_symbol AND life.expiry = v_front.expiry
    );
    v_now := ops.feature_term_of(v_front, v_next);
    v_near := ops.strikes_near(
        p_symbol, v_front.expiry, v_at, v_front.atm_strike, c_around
    );
    v_day := ops.oi_base(p_symbol, v_at, NULL);
    IF NOT ops.is_above_floor(p_symbol, v_day) THEN
        v_day := NULL;
    END IF;
    RETURN QUERY
    SELECT
        p_symbol, v_at, v_front.expiry,
        v_now.atm_iv, over_5.atm_iv, over_15.atm_iv, over_60.atm_iv,
        v_now.next_atm_iv, over_5.next_atm_iv, over_15.next_atm_iv, over_60.next_atm_iv,
        v_now.skew_25, over_5.skew_25, over_15.skew_25, over_60.skew_25,
        v_now.term_slope, over_5.term_slope, over_15.term_slope, over_60.term_slope,
        v_front.pcr_oi, v_front.pcr_volume,
        oi_15.call_atm, oi_60.call_atm, oi_day.call_atm,
        oi_15.call_near, oi_60.call_near, oi_day.call_near,
        oi_15.put_atm, oi_60.put_atm, oi_day.put_atm,
        oi_15.put_near, oi_60.put_near, oi_day.put_near,
        ops.share(ops.minus(v_front.max_pain, v_front.underlying), v_front.underlying),
        ops.share(ops.minus(v_front.call_wall, v_front.underlying), v_front.underlying),
        ops.share(ops.minus(v_front.put_wall, v_front.underlying), v_front.underlying),
        ops.share(ops.minus(v_front.gex_flip, v_front.underlying), v_front.underlying),
        ops.share(
            v_front.net_gex,
            (coalesce(v_front.call_oi, 0) + coalesce(v_front.put_oi, 0)) * v_front.forward
        ),
        v_now.straddle_ratio,
        over_5.straddle_ratio, over_15.straddle_ratio, over_60.straddle_ratio,
        ops.median_spread(v_near),
        ops.log_return(
            ops.underlying_before(p_symbol, v_at, interval '1 minute', v_opens_at), v_underlying
        ),
        ops.log_return(
            ops.underlying_before(p_symbol, v_at, interval '5 minutes', v_opens_at), v_underlying
        ),
        ops.log_return(
            ops.underlying_before(p_symbol, v_at, interval '15 minutes', v_opens_at), v_underlying
        ),
        ops.log_return(
            ops.underlying_before(p_symbol, v_at, interval '60 minutes', v_opens_at), v_underlying
        ),
        ops.log_return(ops.underlying_at_open(p_symbol, v_opens_at, v_at), v_underlying),
        ops.session_volatility(p_symbol, v_at),
        ops.minutes(v_at - v_opens_at),
        ops.minutes(v_closes_at - v_at),
        ops.minutes(v_expires_at - v_at),
        ops.share(v_front.known_legs, v_front.legs)
    FROM
        ops.feature_changes(
            p_symbol, v_expiries, v_now, v_at, interval '5 minutes', v_opens_at
        ) AS over_5
    CROSS JOIN
        ops.feature_changes(
            p_symbol, v_expiries, v_now, v_at, interval '15 minutes', v_opens_at
        ) AS over_15
    CROSS JOIN
        ops.feature_changes(
            p_symbol, v_expiries, v_now, v_at, interval '60 minutes', v_opens_at
        ) AS over_60
    CROSS JOIN
        LATERAL ops.feature_oi(
            p_symbol, v_near, v_front.atm_strike, v_opens_at, v_opens_at,
            CASE
                WHEN v_has_oi_growth AND over_15.front_time IS NOT NULL
                    THEN v_at - interval '15 minutes'
            END,
            FALSE
        ) AS oi_15
    CROSS JOIN
        LATERAL ops.feature_oi(
            p_symbol, v_near, v_front.atm_strike, v_opens_at, v_opens_at,
            CASE
                WHEN v_has_oi_growth AND over_60.front_time IS NOT NULL
                    THEN v_at - interval '60 minutes'
            END,
            FALSE
        ) AS oi_60
    CROSS JOIN
        ops.feature_oi(
            p_symbol, v_near, v_front.atm_strike, v_opens_at, v_opened_before, v_day, TRUE
        ) AS oi_day;
END;
$$;

COMMENT ON FUNCTION analytics.features IS
'What was known of a symbol at an instant, in one row for models (docs/metrics.md defines each '
'figure). at is the newest snapshot of a session at or before p_at (NULL: the newest), and all is '
'as of it: nothing later enters. A late quote, a volume taken back, the calendar and lists of '
'contracts may change what is answered of the past. expiry is the front, the first live one; next '
'is the second. atm_iv, skew_25, pcr and net_gex are those of analytics.expiry_metrics; term_slope '
'is that of analytics.term_structure between the two. straddle_ratio, and the distance of a level '
'(level - underlying), are shares of the underlying. net_gex_ratio = net_gex / (OI * forward), OI '
'that of both legs. oi_change is the sum of the changes over the sum of the OI before: at the '
'strike at the money (atm), or there and at 5 strikes on each side (near); day is since the last '
'quote of the session before. spread_near is the median of (ask - bid) / middle of those legs. '
'return is logarithmic; return_open is since the first underlying of the session, which is at most '
'5 minutes after the opening. session_volatility is intraday of analytics.realised_volatility. '
'Minutes are those of the clock. known_share = known_legs / legs of analytics.exposure_levels. A '
'change or a return over 1, 5, 15 or 60 minutes is NULL where its base would lie before the '
'opening, or is older than asked for by more than a quarter of the time (or a minute, if that is '
'more), and a change where the chain of now is that old. Unknown is NULL; before the first quote '
'there is no row.';
