-- How much more puts are worth than calls, and the wings than the middle, at a delta of 0.25.
CREATE FUNCTION analytics.skew(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    atm_iv double precision,
    call_25_iv double precision,
    put_25_iv double precision,
    skew_25 double precision,
    butterfly_25 double precision
)
LANGUAGE sql STABLE AS $$
SELECT
    metrics.expiry, metrics.atm_iv, metrics.call_25_iv, metrics.put_25_iv,
    metrics.skew_25, metrics.butterfly_25
FROM analytics.expiry_metrics(p_symbol, p_expiry, p_at) AS metrics;
$$;

COMMENT ON FUNCTION analytics.skew IS
'Skew at 25 delta, in IV: call_25_iv is linear in delta between the first two neighbours outwards '
'from the forward, among the calls at and above it whose IV and delta are known, of which one has '
'a delta of at least 0.25 and the next one of at most 0.25; put_25_iv the same of the puts below '
'the forward and -delta. NULL where no two bracket it. skew_25 = put_25_iv - call_25_iv: positive '
'where puts are dearer (the negative of the risk reversal of Wystup, FX Options and Structured '
'Products, 2006). butterfly_25 = (call_25_iv + put_25_iv) / 2 - atm_iv. An IV below 0.000001 '
'counts as none.';
