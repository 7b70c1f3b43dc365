-- What is at the money of one expiry: strike, straddle, IV, expected move, and the basis.
CREATE FUNCTION analytics.atm(
    p_symbol text, p_expiry date, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    atm_strike double precision,
    underlying double precision,
    forward double precision,
    basis double precision,
    call_price double precision,
    put_price double precision,
    straddle double precision,
    atm_iv double precision,
    expected_move double precision,
    age interval
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN QUERY
    SELECT
        chain.strike,
        chain.underlying,
        chain.forward,
        chain.forward - chain.underlying,
        price.call,
        price.put,
        price.call + price.put,
        iv.iv,
        chain.forward * iv.iv * sqrt(chain.years),
        chain.age
    FROM analytics.chain(p_symbol, p_expiry, p_at) AS chain
    CROSS JOIN LATERAL (
        SELECT
            coalesce((chain.call_bid + chain.call_ask) / 2, chain.call_ltp) AS call,
            coalesce((chain.put_bid + chain.put_ask) / 2, chain.put_ltp) AS put
    ) AS price
    CROSS JOIN LATERAL (
        SELECT avg(leg.iv) AS iv
        FROM (VALUES (chain.call_iv), (chain.put_iv)) AS leg (iv)
    ) AS iv
    WHERE chain.underlying IS NOT NULL
    ORDER BY abs(chain.strike - chain.underlying), chain.strike
    LIMIT 1;
END;
$$;

COMMENT ON FUNCTION analytics.atm IS
'What is at the money: atm_strike is the strike nearest the underlying (a tie: the lower); forward '
'is the synthetic future by put-call parity, basis = forward - underlying (0 where the forward '
'stands in for the underlying). Prices are the middle of bid and ask, else the last traded price; '
'straddle is their sum. atm_iv is the mean of the IVs that the two legs have; expected_move = '
'forward * atm_iv * sqrt(years): one standard deviation until expiry, in points. age is that of '
'the strike''s quote. What is unknown makes NULL what rests on it; without an underlying, no row.';
