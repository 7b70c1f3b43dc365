-- The strike at which the holders of all open options would be paid least.
CREATE FUNCTION analytics.max_pain(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    max_pain double precision,
    max_pain_payout double precision,
    known_legs bigint,
    legs bigint
)
LANGUAGE sql STABLE AS $$
SELECT
    metrics.expiry, metrics.max_pain, metrics.max_pain_payout, metrics.known_oi_legs, metrics.legs
FROM analytics.expiry_metrics(p_symbol, p_expiry, p_at) AS metrics;
$$;

COMMENT ON FUNCTION analytics.max_pain IS
'Max pain: the strike S of the chain at which the sum over its strikes K of call_oi * max(S - K, '
'0) + put_oi * max(K - S, 0) is least, and that sum in units of currency (max_pain_payout). A tie '
'goes to the lowest strike. Unknown OI counts as none, and known_legs of the chain''s legs have '
'one; a chain without any OI has NULL. No chain, no row.';
