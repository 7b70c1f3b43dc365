-- The realised volatility of the session of an instant, a decimal per year.
CREATE FUNCTION ops.session_volatility(p_symbol text, p_at timestamptz) RETURNS double precision
LANGUAGE sql STABLE AS $$
SELECT sqrt(252 * ops.session_variance(p_symbol, p_at));
$$;
