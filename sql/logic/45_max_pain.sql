-- The strike at which the holders of all open options would be paid least.
CREATE FUNCTION analytics.max_pain(
    p_symbol text, p_expiry date, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    max_pain double precision,
    payout double precision
)
LANGUAGE sql STABLE AS $$
WITH paid AS (
    SELECT
        chain.strike,
        chain.strike * sum(coalesce(chain.call_oi, 0)) OVER below
        - sum(coalesce(chain.call_oi, 0) * chain.strike) OVER below
        + sum(coalesce(chain.put_oi, 0) * chain.strike) OVER above
        - chain.strike * sum(coalesce(chain.put_oi, 0)) OVER above AS payout,
        sum(coalesce(chain.call_oi, 0) + coalesce(chain.put_oi, 0)) OVER () AS oi
    FROM analytics.chain(p_symbol, p_expiry, p_at) AS chain
    WINDOW
        below AS (ORDER BY chain.strike),
        above AS (ORDER BY chain.strike DESC)
)

SELECT
    (array_agg(paid.strike ORDER BY paid.payout, paid.strike) FILTER (WHERE paid.oi > 0))[1],
    min(paid.payout) FILTER (WHERE paid.oi > 0)
FROM paid
HAVING count(*) > 0;
$$;

COMMENT ON FUNCTION analytics.max_pain IS
'Max pain: the strike S of the chain at which the sum over its strikes K of '
'call_oi * max(S - K, 0) + put_oi * max(K - S, 0) is least, and that sum in units of currency '
'(payout). A tie goes to the lowest strike. Unknown OI counts as none; a chain without any OI has '
'NULL. No chain, no row.';
