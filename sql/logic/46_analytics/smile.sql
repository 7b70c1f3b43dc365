-- The smile of an expiry, or of every one: the volatility of each strike by its log-moneyness.
CREATE FUNCTION analytics.smile(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    strike double precision,
    log_moneyness double precision,
    iv double precision,
    call_iv double precision,
    put_iv double precision,
    delta double precision,
    years double precision,
    total_variance double precision,
    age interval
)
LANGUAGE sql STABLE AS $$
SELECT
    chain.expiry, chain.strike,
    CASE WHEN chain.forward > 0 THEN ln(chain.strike / chain.forward) END,
    outer_leg.iv, leg.call_iv, leg.put_iv, outer_leg.delta,
    chain.years, outer_leg.iv ^ 2 * chain.years, chain.age
FROM analytics.chain(p_symbol, p_expiry, p_at) AS chain
CROSS JOIN
    LATERAL (
        SELECT
            ops.known_iv(chain.call_iv) AS call_iv,
            ops.known_iv(chain.put_iv) AS put_iv
    ) AS leg
CROSS JOIN
    LATERAL (
        SELECT
            CASE
                WHEN chain.strike >= chain.forward THEN leg.call_iv
                WHEN chain.strike < chain.forward THEN leg.put_iv
            END AS iv,
            CASE
                WHEN chain.strike >= chain.forward THEN chain.call_delta
                WHEN chain.strike < chain.forward THEN chain.put_delta
            END AS delta
    ) AS outer_leg
WHERE leg.call_iv IS NOT NULL OR leg.put_iv IS NOT NULL
ORDER BY chain.expiry, chain.strike;
$$;

COMMENT ON FUNCTION analytics.smile IS
'The smile: one row per strike with any IV, in order; p_expiry NULL means every live expiry, '
'which is the surface by strike. log_moneyness = ln(strike / forward). iv is that of the leg out '
'of the money: the put below the forward, the call at and above it; NULL where that leg has none, '
'also where the other one has. delta is that leg''s, negative of a put. total_variance = iv^2 * '
'years, which does not fall with years at one log_moneyness unless there is calendar arbitrage '
'(Gatheral, The Volatility Surface, 2006). An IV below 0.000001 counts as none. Without a forward '
'log_moneyness, iv, delta and total_variance are NULL. age is that of the quote.';
