-- A contract's last quote in a session at or before an instant, however old. Later figures are
-- compared with it.
--
-- ops.quote_at looks first, from 30 days before (p_month) on. If it finds none, this function
-- searches all older quotes that the contract has. A contract that was listed since has none.
CREATE FUNCTION ops.base_quote(
    p_symbol text,
    p_expiry date,
    p_strike double precision,
    p_month timestamptz,
    p_near timestamptz,
    p_up_to timestamptz
) RETURNS TABLE (
    quote_time timestamptz,
    call_ltp double precision,
    call_oi bigint,
    put_ltp double precision,
    put_oi bigint
)
LANGUAGE sql STABLE AS $$
SELECT recent.quote_time, recent.call_ltp, recent.call_oi, recent.put_ltp, recent.put_oi
FROM ops.quote_at(p_symbol, p_expiry, p_strike, p_month, p_near, p_up_to) AS recent
-- In this order, as in ops.quote_at.
UNION ALL
SELECT old.quote_time, old.call_ltp, old.call_oi, old.put_ltp, old.put_oi
FROM fo.contract AS contract
CROSS JOIN
    LATERAL ops.quote_before(
        p_symbol, p_expiry, p_strike, ops.session_floor(contract.first_session), p_month
    ) AS old
WHERE
    contract.symbol = p_symbol
    AND contract.expiry = p_expiry
    AND contract.strike = p_strike
    AND ops.session_floor(contract.first_session) < p_month
LIMIT 1;
$$;
