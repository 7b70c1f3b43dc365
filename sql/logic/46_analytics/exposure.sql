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
    net_charm double precision,
    known_legs integer,
    legs integer
)
LANGUAGE sql STABLE AS $$
SELECT
    chain.expiry, chain.strike,
    leg.call_gex, leg.put_gex, ops.known_sum(leg.call_gex, leg.put_gex),
    leg.call_dex, leg.put_dex, ops.known_sum(leg.call_dex, leg.put_dex),
    leg.call_vanna, leg.put_vanna, ops.known_sum(leg.call_vanna, leg.put_vanna),
    leg.call_charm, leg.put_charm, ops.known_sum(leg.call_charm, leg.put_charm),
    ops.exposure_known(
        chain.call_oi, leg.call_gex, leg.call_dex, leg.call_vanna, leg.call_charm
    )::integer
    + ops.exposure_known(
        chain.put_oi, leg.put_gex, leg.put_dex, leg.put_vanna, leg.put_charm
    )::integer,
    ops.leg_counts(
        chain.call_ltp, chain.call_bid, chain.call_ask, chain.call_volume, chain.call_oi,
        chain.call_iv, chain.call_dropout
    )::integer
    + ops.leg_counts(
        chain.put_ltp, chain.put_bid, chain.put_ask, chain.put_volume, chain.put_oi,
        chain.put_iv, chain.put_dropout
    )::integer
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
'known; a leg without OI or Greeks is NULL, and so is the net of two such. known_legs of its legs '
'(0 to 2: those of which anything is known, or that are drop-outs) have all four, or no OI.';
