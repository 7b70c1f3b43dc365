-- The strikes of each expiry that are at most so many levels from the money, as bounds.
--
-- Above one strike, and up to another. As of p_at (NULL: now). p_expiries NULL: all. A level is a
-- step of the strike gap from the strike at the money, as in api/chains/window.py. An exact half is
-- the lower's, though it may come out a little above (pg_temp.batch_final).
CREATE FUNCTION ops.strikes_around(
    p_symbol text, p_expiries date[], p_levels integer, p_at timestamptz
)
RETURNS TABLE (expiry date, above double precision, up_to double precision)
LANGUAGE sql STABLE AS $$
SELECT
    chain.expiry,
    chain.nearest - (p_levels + 0.499999999) * chain.strike_gap,
    chain.nearest + (p_levels + 0.500000001) * chain.strike_gap
FROM ops.chain_money(p_symbol, p_expiries, p_at) AS chain
WHERE chain.underlying IS NOT NULL AND chain.strike_gap IS NOT NULL;
$$;
