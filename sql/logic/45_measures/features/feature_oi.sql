-- How the OI of strikes near the money changed since an instant, as shares of what it was.
--
-- One row. The base of each is its last quote from p_from to p_since; where p_takes_fed, and a
-- strike has none, what the feed says of the session before. Of legs whose OI is known at both
-- ends. A strike last quoted before p_opens_at is left out.
CREATE FUNCTION ops.feature_oi(
    p_symbol text,
    p_near analytics.chain_strike[],
    p_atm double precision,
    p_opens_at timestamptz,
    p_from timestamptz,
    p_since timestamptz,
    p_takes_fed boolean
) RETURNS TABLE (
    call_atm double precision,
    put_atm double precision,
    call_near double precision,
    put_near double precision
)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    v_near timestamptz := p_since - interval '1 minute';
BEGIN
    RETURN QUERY
    WITH leg AS MATERIALIZED (
        SELECT
            now.strike = p_atm AS is_atm,
            now.call_oi - past.call_oi AS call_change,
            CASE WHEN now.call_oi IS NOT NULL THEN past.call_oi END AS call_base,
            now.put_oi - past.put_oi AS put_change,
            CASE WHEN now.put_oi IS NOT NULL THEN past.put_oi END AS put_base
        FROM unnest(p_near) AS now
        LEFT JOIN LATERAL ops.quote_at(
            p_symbol, now.expiry, now.strike, p_from, v_near, p_since
        ) AS base ON TRUE
        CROSS JOIN
            LATERAL (
                SELECT
                    CASE
                        WHEN base.quote_time IS NOT NULL THEN base.call_oi
                        WHEN p_takes_fed THEN now.call_prev_oi
                    END AS call_oi,
                    CASE
                        WHEN base.quote_time IS NOT NULL THEN base.put_oi
                        WHEN p_takes_fed THEN now.put_prev_oi
                    END AS put_oi
            ) AS past
        WHERE now.quote_time >= p_opens_at
    )

    SELECT
        ops.share(
            sum(leg.call_change::double precision) FILTER (WHERE leg.is_atm),
            sum(leg.call_base::double precision) FILTER (WHERE leg.is_atm)
        ),
        ops.share(
            sum(leg.put_change::double precision) FILTER (WHERE leg.is_atm),
            sum(leg.put_base::double precision) FILTER (WHERE leg.is_atm)
        ),
        ops.share(
            sum(leg.call_change::double precision), sum(leg.call_base::double precision)
        ),
        ops.share(sum(leg.put_change::double precision), sum(leg.put_base::double precision))
    FROM leg;
END;
$$;
