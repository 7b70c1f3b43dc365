-- What dealers hold at each strike: gamma, delta, vanna and charm exposure in currency.
CREATE FUNCTION analytics.exposure(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    strike double precision,
    call_gex double precision,
    put_gex double precision,
    net_gex double precision,
    call_dex double precision,
    put_dex double precision,
    net_dex double precision,
    call_vanna double precision,
    put_vanna double precision,
    net_vanna double precision,
    call_charm double precision,
    put_charm double precision,
    net_charm double precision
)
LANGUAGE sql STABLE AS $$
SELECT
    chain.expiry, chain.strike,
    leg.call_gex, leg.put_gex, ops.known_sum(leg.call_gex, leg.put_gex),
    leg.call_dex, leg.put_dex, ops.known_sum(leg.call_dex, leg.put_dex),
    leg.call_vanna, leg.put_vanna, ops.known_sum(leg.call_vanna, leg.put_vanna),
    leg.call_charm, leg.put_charm, ops.known_sum(leg.call_charm, leg.put_charm)
FROM analytics.chain(p_symbol, p_expiry, p_at) AS chain
LEFT JOIN fo.instrument AS instrument ON instrument.symbol = p_symbol
-- With a subquery for the rate it would not be inlined.
CROSS JOIN LATERAL ops.strike_exposure(chain, instrument.rate) AS leg
ORDER BY chain.expiry, chain.strike;
$$;

COMMENT ON FUNCTION analytics.exposure IS
'What dealers hold at each strike, in currency, if they are long every call and short every put: '
'an assumption, which OI cannot show. gex = OI * gamma * forward^2 * 0.01, per 1 % move of the '
'forward; dex = OI * delta * forward; vanna = OI * vanna * forward, per 0.01 of IV; charm = OI * '
'charm * forward, per calendar day. Puts count negative. net is the sum of the legs that are '
'known; a leg without OI or Greeks is NULL, and so is the net of two such.';
