-- The strike of a chain nearest its underlying (a tie: the lower), with its prices and IV.
--
-- iv is the mean of those of its legs that are known. No row where the underlying is unknown.
CREATE FUNCTION ops.chain_atm(p_strikes ops.measured_strike[])
RETURNS TABLE (
    strike double precision, call_price double precision, put_price double precision,
    iv double precision
)
LANGUAGE sql IMMUTABLE AS $$
SELECT
    chain.strike, chain.call_price, chain.put_price,
    coalesce(ops.as_written((chain.call_iv + chain.put_iv) / 2), chain.call_iv, chain.put_iv)
FROM unnest(p_strikes) AS chain
WHERE chain.underlying IS NOT NULL
ORDER BY abs(chain.strike - chain.underlying), chain.strike
LIMIT 1;
$$;
