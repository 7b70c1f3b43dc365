-- The strikes of each expiry that are at most so many levels from the money, as bounds.
--
-- Above one strike, and up to another. As of p_at (NULL: now). A level is a step of the strike gap
-- from the strike at the money, as in api/chains/window.py.
CREATE FUNCTION ops.strikes_around(p_symbol text, p_levels integer, p_at timestamptz)
RETURNS TABLE (expiry date, above double precision, up_to double precision)
LANGUAGE sql STABLE AS $$
SELECT
    live.expiry,
    live.atm - (p_levels + 0.5) * live.strike_gap,
    live.atm + (p_levels + 0.5) * live.strike_gap
FROM analytics.expiries(p_symbol, p_at) AS live
WHERE live.atm IS NOT NULL AND live.strike_gap IS NOT NULL;
$$;
