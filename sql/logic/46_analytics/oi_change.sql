-- How open interest changed at each strike, and what it says with the price.
CREATE FUNCTION analytics.oi_change(
    p_symbol text,
    p_expiry date DEFAULT NULL,
    p_at timestamptz DEFAULT NULL,
    p_over interval DEFAULT NULL,
    p_since timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    strike double precision,
    base_time timestamptz,
    base_source text,
    call_oi bigint,
    call_oi_base bigint,
    call_oi_change bigint,
    call_oi_change_percent double precision,
    call_price_change double precision,
    call_buildup text,
    put_oi bigint,
    put_oi_base bigint,
    put_oi_change bigint,
    put_oi_change_percent double precision,
    put_price_change double precision,
    put_buildup text
)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_is_of_now boolean := (
        SELECT instrument.oi_kind = 'now'
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol
    );
    v_is_of_close boolean := p_over IS NULL AND p_since IS NULL;
    v_base timestamptz;
    v_near timestamptz;
    v_month timestamptz;
BEGIN
    PERFORM ops.known_exchange(p_symbol);
    IF p_over NOT BETWEEN interval '1 microsecond' AND interval '10 years' THEN
        RAISE EXCEPTION 'the change over % cannot be asked for', p_over
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'bad_over',
                HINT = 'Send a positive interval of 10 years at most, such as 15 minutes, or none: '
                    'since the last close.';
    END IF;
    IF p_over IS NOT NULL AND p_since IS NOT NULL THEN
        RAISE EXCEPTION 'a change is either over an interval or since an instant'
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'bad_since',
                HINT = 'Send over or since, not both.';
    END IF;
    IF p_since > coalesce(p_at, 'infinity') OR NOT isfinite(p_since) THEN
        RAISE EXCEPTION 'the change since % cannot be asked for', p_since
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'bad_since',
                HINT = 'Send no later instant than the one that the figures are of.';
    END IF;
    IF p_over IS NOT NULL OR p_since IS NOT NULL THEN
        PERFORM ops.check_growth(p_symbol, 'oi');
    END IF;
    v_base := coalesce(p_since, ops.oi_base(p_symbol, p_at, p_over));
    PERFORM ops.check_above_floor(p_symbol, p_at);
    PERFORM ops.check_above_floor(p_symbol, v_base);
    v_near := v_base - interval '1 minute';
    v_month := v_base - interval '30 days';
    RETURN QUERY
    SELECT
        now.expiry, now.strike, base.quote_time, known.base_source,
        now.call_oi, known.call_oi, now.call_oi - known.call_oi,
        double precision '100' * (now.call_oi - known.call_oi) / nullif(known.call_oi, 0),
        ops.minus(now.call_ltp, base.call_ltp),
        CASE
            WHEN v_is_of_now
                THEN ops.buildup(now.call_ltp - base.call_ltp, now.call_oi - known.call_oi)
        END,
        now.put_oi, known.put_oi, now.put_oi - known.put_oi,
        double precision '100' * (now.put_oi - known.put_oi) / nullif(known.put_oi, 0),
        ops.minus(now.put_ltp, base.put_ltp),
        CASE
            WHEN v_is_of_now
                THEN ops.buildup(now.put_ltp - base.put_ltp, now.put_oi - known.put_oi)
        END
    FROM analytics.chain(p_symbol, p_expiry, p_at) AS now
    LEFT JOIN LATERAL ops.base_quote(
        p_symbol, now.expiry, now.strike, v_month, v_near, v_base
    ) AS base ON TRUE
    CROSS JOIN
        LATERAL (
            SELECT
                CASE
                    WHEN base.quote_time IS NOT NULL THEN 'session'
                    WHEN v_is_of_close AND coalesce(now.call_prev_oi, now.put_prev_oi) IS NOT NULL
                        THEN 'feed'
                END AS base_source,
                CASE
                    WHEN base.quote_time IS NOT NULL THEN base.call_oi
                    WHEN v_is_of_close THEN now.call_prev_oi
                END AS call_oi,
                CASE
                    WHEN base.quote_time IS NOT NULL THEN base.put_oi
                    WHEN v_is_of_close THEN now.put_prev_oi
                END AS put_oi
        ) AS known
    ORDER BY now.expiry, now.strike;
END;
$$;

COMMENT ON FUNCTION analytics.oi_change IS
'The change of OI at each strike since the close of the session before; or over an interval '
'(p_over) such as ''15 minutes'' that ends with the newest quote of the symbol; or since an '
'instant (p_since), which compares two instants. It is OI now minus '
'OI of the last quote at or before the base (base_time), in units of the underlying. base_source '
'is session; or feed where no earlier session of the contract is stored and the base is what the '
'feed itself says of it, which has no time and no price. oi_change_percent is 100 * change / '
'base. price_change is that of the last traded price. buildup is long_buildup (price up, OI up), '
'short_buildup (down, up), long_unwinding (down, down) or short_covering (up, down); NULL where '
'either did not change or is unknown. Without a base all changes are NULL, and so is a '
'percentage of 0. Where the feed''s OI is that of yesterday, both are refused, the change '
'since the session before is one day late, and buildup is NULL.';
