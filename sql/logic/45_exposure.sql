-- What dealers hold at each strike: gamma, delta and vanna exposure in currency.
CREATE FUNCTION analytics.exposure(
    p_symbol text, p_expiry date, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    strike double precision,
    call_gex double precision,
    put_gex double precision,
    net_gex double precision,
    call_dex double precision,
    put_dex double precision,
    net_dex double precision,
    call_vanna double precision,
    put_vanna double precision,
    net_vanna double precision
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT
        chain.strike,
        leg.call_gex, leg.put_gex, net.gex,
        leg.call_dex, leg.put_dex, net.dex,
        leg.call_vanna, leg.put_vanna, net.vanna
    FROM analytics.chain(p_symbol, p_expiry, p_at) AS chain
    CROSS JOIN LATERAL (
        SELECT
            chain.call_oi * chain.call_gamma * chain.forward ^ 2 * 0.01 AS call_gex,
            -chain.put_oi * chain.put_gamma * chain.forward ^ 2 * 0.01 AS put_gex,
            chain.call_oi * chain.call_delta * chain.forward AS call_dex,
            -chain.put_oi * chain.put_delta * chain.forward AS put_dex,
            chain.call_oi * chain.forward * ops.vanna(
                chain.forward, chain.strike, chain.years, chain.call_iv, chain.call_gamma
            ) AS call_vanna,
            -chain.put_oi * chain.forward * ops.vanna(
                chain.forward, chain.strike, chain.years, chain.put_iv, chain.put_gamma
            ) AS put_vanna
    ) AS leg
    CROSS JOIN LATERAL (
        SELECT sum(each.gex) AS gex, sum(each.dex) AS dex, sum(each.vanna) AS vanna
        FROM (
            VALUES
            (leg.call_gex, leg.call_dex, leg.call_vanna),
            (leg.put_gex, leg.put_dex, leg.put_vanna)
        ) AS each (gex, dex, vanna)
    ) AS net
    ORDER BY chain.strike;
END;
$$;

COMMENT ON FUNCTION analytics.exposure IS
'What dealers hold at each strike, in currency, if they are long every call and short every put: '
'an assumption, which OI cannot show. gex = OI * gamma * forward^2 * 0.01, per 1 % move of the '
'forward; dex = OI * delta * forward; vanna = OI * vanna * forward, per 0.01 of IV. Puts count '
'negative. net is the sum of the legs that are known; a leg without OI or Greeks is NULL, and so '
'is the net of two such.';
