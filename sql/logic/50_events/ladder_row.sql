-- The newest quote of every live contract of a symbol, with how its OI changed.
--
-- In the form of chain events (ops.live_row); ops.ladder_columns names the figures that these do
-- not have. The changes and build-ups are those of analytics.oi_change, NULL where it refuses. The
-- columns are the last member of a head.
CREATE FUNCTION ops.ladder_row(p_symbol text)
RETURNS TABLE (head text, strike double precision, figures text)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_is_of_now boolean := (
        SELECT instrument.oi_kind = 'now'
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol
    );
    v_day timestamptz;
    v_day_from timestamptz;
    v_m5 timestamptz;
    v_m5_from timestamptz;
    v_m15 timestamptz;
    v_m15_from timestamptz;
    v_m60 timestamptz;
    v_m60_from timestamptz;
BEGIN
    v_day := ops.known_oi_base(p_symbol, NULL);
    v_day_from := v_day - interval '30 days';
    v_m5 := ops.known_oi_base(p_symbol, interval '5 minutes');
    v_m5_from := v_m5 - interval '30 days';
    v_m15 := ops.known_oi_base(p_symbol, interval '15 minutes');
    v_m15_from := v_m15 - interval '30 days';
    v_m60 := ops.known_oi_base(p_symbol, interval '60 minutes');
    v_m60_from := v_m60 - interval '30 days';
    RETURN QUERY
    WITH live AS MATERIALIZED (
        SELECT
            newest.clock, newest.quote, (newest.quote).*,
            CASE WHEN v_is_of_now THEN (newest.quote).call_ltp END AS call_price,
            CASE WHEN v_is_of_now THEN (newest.quote).put_ltp END AS put_price
        FROM ops.live_quote(p_symbol) AS newest
    )

    SELECT
        left(ops.chain_head(live.quote, live.clock), -2)
        || ',' || substr(to_json(ops.ladder_columns())::text, 2)
        || '}',
        live.strike,
        left(ops.chain_row(live.quote), -1) || ','
        || substr(json_build_array(
            live.quote_time,
            live.call_oi - known.call_oi,
            live.call_oi - m5.call_oi,
            live.call_oi - m15.call_oi,
            live.call_oi - m60.call_oi,
            ops.buildup(live.call_price - day.call_ltp, live.call_oi - known.call_oi),
            ops.buildup(live.call_price - m5.call_ltp, live.call_oi - m5.call_oi),
            ops.buildup(live.call_price - m15.call_ltp, live.call_oi - m15.call_oi),
            ops.buildup(live.call_price - m60.call_ltp, live.call_oi - m60.call_oi),
            live.put_oi - known.put_oi,
            live.put_oi - m5.put_oi,
            live.put_oi - m15.put_oi,
            live.put_oi - m60.put_oi,
            ops.buildup(live.put_price - day.put_ltp, live.put_oi - known.put_oi),
            ops.buildup(live.put_price - m5.put_ltp, live.put_oi - m5.put_oi),
            ops.buildup(live.put_price - m15.put_ltp, live.put_oi - m15.put_oi),
            ops.buildup(live.put_price - m60.put_ltp, live.put_oi - m60.put_oi)
        )::text, 2)
    FROM live
    LEFT JOIN LATERAL ops.base_quote(
        p_symbol, live.expiry, live.strike, v_day_from, v_day - interval '1 minute', v_day
    ) AS day ON TRUE
    LEFT JOIN LATERAL ops.base_quote(
        p_symbol, live.expiry, live.strike, v_m5_from, v_m5 - interval '1 minute', v_m5
    ) AS m5 ON TRUE
    LEFT JOIN LATERAL ops.base_quote(
        p_symbol, live.expiry, live.strike, v_m15_from, v_m15 - interval '1 minute', v_m15
    ) AS m15 ON TRUE
    LEFT JOIN LATERAL ops.base_quote(
        p_symbol, live.expiry, live.strike, v_m60_from, v_m60 - interval '1 minute', v_m60
    ) AS m60 ON TRUE
    CROSS JOIN LATERAL (
        SELECT
            CASE WHEN day.quote_time IS NULL THEN live.call_prev_oi ELSE day.call_oi END AS call_oi,
            CASE WHEN day.quote_time IS NULL THEN live.put_prev_oi ELSE day.put_oi END AS put_oi
    ) AS known;
END;
$$;
