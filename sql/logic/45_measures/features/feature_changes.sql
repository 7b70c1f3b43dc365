-- How the figures of two expiries changed over a time that ends at an instant.
--
-- Unknown where a chain at either end is older than ops.base_slack allows, or the base is not of
-- the session that opened at p_opens_at.
CREATE FUNCTION ops.feature_changes(
    p_symbol text,
    p_expiries date[],
    p_now ops.feature_term,
    p_at timestamptz,
    p_over interval,
    p_opens_at timestamptz
) RETURNS ops.feature_term
LANGUAGE sql STABLE AS $$
SELECT
    ROW(
        CASE WHEN is_fresh.front THEN base.front_time END,
        CASE WHEN is_fresh.next THEN base.next_time END,
        CASE WHEN is_fresh.front THEN ops.minus(p_now.atm_iv, base.atm_iv) END,
        CASE WHEN is_fresh.next THEN ops.minus(p_now.next_atm_iv, base.next_atm_iv) END,
        CASE WHEN is_fresh.front THEN ops.minus(p_now.skew_25, base.skew_25) END,
        CASE WHEN is_fresh.front AND is_fresh.next THEN p_now.term_slope - base.term_slope END,
        CASE WHEN is_fresh.front THEN p_now.straddle_ratio - base.straddle_ratio END
    )::ops.feature_term
FROM ops.feature_term_at(p_symbol, p_expiries, p_at - p_over) AS base
CROSS JOIN
    LATERAL (
        SELECT
            p_at - ops.base_slack(p_over) AS now,
            greatest(p_at - p_over - ops.base_slack(p_over), p_opens_at) AS past
    ) AS since
CROSS JOIN
    LATERAL (
        SELECT
            p_now.front_time >= since.now AND base.front_time >= since.past AS front,
            p_now.next_time >= since.now AND base.next_time >= since.past AS next
    ) AS is_fresh
WHERE p_at - p_over >= p_opens_at;
$$;
