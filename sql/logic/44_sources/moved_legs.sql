-- The legs of a symbol whose price and open interest both changed of late, with what that says.
--
-- The time is counted back from the newest quote of a session: that is the market clock while the
-- market is open, and after the close the end of the session still stands. Nothing is compared
-- across sessions: early in one, the base is its first quotes. A leg not quoted since has not
-- changed. No row where either did not change or is unknown. That the session bounds what is
-- searched keeps the cost the same whatever the history.
CREATE FUNCTION ops.moved_legs(
    p_symbol text, p_at timestamptz, p_over interval
) RETURNS TABLE (
    expiry date,
    strike double precision,
    leg text,
    base_time timestamptz,
    oi_base bigint,
    oi_change bigint,
    price_change double precision,
    buildup text
)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_newest timestamptz := (
        SELECT max(moment.quote_time)
        FROM fo.underlying_quote AS moment
        WHERE moment.symbol = p_symbol
            AND moment.in_session
            AND moment.quote_time <= coalesce(p_at, 'infinity')
    );
    v_first timestamptz := (
        SELECT min(moment.quote_time)
        FROM fo.underlying_quote AS moment
        WHERE moment.symbol = p_symbol
            AND moment.in_session
            AND moment.quote_time >= ops.session_start(p_symbol, v_newest)
    );
    v_base timestamptz := greatest(v_newest - p_over, v_first);
    v_near timestamptz := v_base - interval '1 minute';
BEGIN
    RETURN QUERY
    SELECT
        now.expiry, now.strike, moved.leg, base.quote_time,
        moved.oi_base, moved.oi_change, moved.price_change,
        ops.buildup(moved.price_change, moved.oi_change)
    FROM analytics.chain(p_symbol, NULL, p_at) AS now
    CROSS JOIN
        LATERAL ops.quote_at(
            p_symbol, now.expiry, now.strike, v_first, v_near, v_base
        ) AS base
    CROSS JOIN
        LATERAL (
            VALUES
            (
                'call', base.call_oi, now.call_oi - base.call_oi,
                ops.minus(now.call_ltp, base.call_ltp)
            ),
            (
                'put', base.put_oi, now.put_oi - base.put_oi,
                ops.minus(now.put_ltp, base.put_ltp)
            )
        ) AS moved (leg, oi_base, oi_change, price_change)
    WHERE ops.buildup(moved.price_change, moved.oi_change) IS NOT NULL;
END;
$$;
