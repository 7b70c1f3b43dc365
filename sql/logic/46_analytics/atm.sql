-- What is at the money of an expiry: strike, straddle, IV, expected move, and the basis.
CREATE FUNCTION analytics.atm(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    atm_strike double precision,
    underlying double precision,
    underlying_source text,
    forward double precision,
    forward_source text,
    basis double precision,
    call_price double precision,
    put_price double precision,
    straddle double precision,
    atm_iv double precision,
    expected_move double precision
)
LANGUAGE sql STABLE AS $$
SELECT
    metrics.expiry, metrics.atm_strike, metrics.underlying, metrics.underlying_source,
    metrics.forward, metrics.forward_source, metrics.basis, metrics.call_price,
    metrics.put_price, metrics.straddle, metrics.atm_iv, metrics.expected_move
FROM analytics.expiry_metrics(p_symbol, p_expiry, p_at) AS metrics;
$$;

COMMENT ON FUNCTION analytics.atm IS
'What is at the money: atm_strike is the strike nearest the underlying (a tie: the lower); forward '
'is what IV is solved with, basis = forward - underlying. underlying_source and forward_source say '
'where the two come from (docs/metrics.md). Prices are the middle of a market that is neither '
'crossed nor wider than its middle or two ticks, else the last traded price; straddle is their '
'sum. atm_iv is the mean of the IVs that the two legs have; expected_move = forward * atm_iv * '
'sqrt(years): one standard deviation until expiry, in points. What is unknown makes NULL what '
'rests on it.';
