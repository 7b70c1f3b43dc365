-- The legs of a symbol that stand out now, with a side and a score.
CREATE FUNCTION analytics.signals(
    p_symbol text, p_limit integer DEFAULT 10, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    strike double precision,
    leg text,
    buildup text,
    side text,
    score double precision,
    base_time timestamptz,
    oi_change bigint,
    oi_change_percent double precision,
    price_change double precision,
    volume_to_oi double precision,
    oi_change_z double precision,
    volume_z double precision,
    weight double precision,
    turnover double precision,
    unusualness double precision,
    reason text
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF p_limit < 1 THEN
        RAISE EXCEPTION '% signals cannot be asked for', p_limit
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'bad_limit',
                HINT = 'Send a number from 1, or NULL for all.';
    END IF;
    PERFORM ops.check_growth(p_symbol, 'oi');
    RETURN QUERY
    WITH judged AS (
        SELECT
            moved.*, unusual.volume_to_oi, unusual.oi_change_z, unusual.volume_z,
            double precision '100' * moved.oi_change / nullif(moved.oi_base, 0) AS percent,
            abs(moved.oi_change) / max(abs(moved.oi_change)) OVER ()::double precision AS weight,
            unusual.volume / nullif(unusual.volume + unusual.oi, 0)::double precision AS turnover,
            most.z, most.z / (most.z + 2) AS unusualness
        FROM ops.moved_legs(p_symbol, p_at, interval '15 minutes') AS moved
        INNER JOIN analytics.unusual_oi(p_symbol, NULL, p_at) AS unusual
            ON
                moved.expiry = unusual.expiry
                AND moved.strike = unusual.strike
                AND moved.leg = unusual.leg
        CROSS JOIN LATERAL (
            SELECT
                CASE
                    WHEN num_nonnulls(unusual.oi_change_z, unusual.volume_z) > 0
                        THEN greatest(abs(unusual.oi_change_z), unusual.volume_z, 0)
                END AS z
        ) AS most
    ),

    signal AS (
        SELECT
            judged.*,
            (2 * judged.weight + coalesce(judged.turnover, 0) + coalesce(judged.unusualness, 0))
            / (2 + num_nonnulls(judged.turnover, judged.unusualness)) AS score
        FROM judged
    )

    SELECT
        signal.expiry, signal.strike, signal.leg, signal.buildup,
        CASE WHEN signal.price_change > 0 THEN 'BUY' ELSE 'SELL' END,
        signal.score, signal.base_time,
        signal.oi_change, signal.percent, signal.price_change,
        signal.volume_to_oi, signal.oi_change_z, signal.volume_z,
        signal.weight, signal.turnover, signal.unusualness,
        concat(
            signal.buildup,
            ': OI ', to_char(signal.oi_change, 'FMSG999,999,999,999,990'),
            to_char(signal.percent, '" ("FMSG999,999,990.0" %)"'),
            ', price ', to_char(signal.price_change, 'FMSG999,999,990.00'),
            to_char(signal.volume_to_oi, '"; volume "FM999,999,990.0" times OI"'),
            to_char(
                CASE WHEN signal.z >= 1 THEN signal.z END,
                '"; "FM999,990.0" deviations from its own sessions"'
            )
        )
    FROM signal
    ORDER BY signal.score DESC, signal.expiry ASC, signal.strike ASC, signal.leg ASC
    LIMIT p_limit;
END;
$$;

COMMENT ON FUNCTION analytics.signals IS
'The legs of a symbol that stand out now, best first; p_limit NULL means all, p_at an instant to '
'look back to. buildup is the class of the change of OI and of the last traded price over the 15 '
'minutes before the newest quote of a session, early in a session since its first quotes '
'(base_time is the quote compared with), as analytics.oi_change names it; a leg without one is not '
'there. side is of the leg itself: BUY where its price rose (long_buildup, short_covering), SELL '
'where it fell (short_buildup, long_unwinding): what happened, not advice. score, 0 to 1, is (2 * '
'weight + turnover + unusualness) / 4, without what is unknown in both sum and divisor. weight = '
'|oi_change| over the greatest of the symbol''s legs with a class; turnover = volume / (volume + '
'OI) of the session; unusualness = z / (z + 2), z the greatest of |oi_change_z|, volume_z and 0 of '
'analytics.unusual_oi. Ties go by expiry, strike, call before put. '
'Refused where the feed''s OI is that of yesterday.';
