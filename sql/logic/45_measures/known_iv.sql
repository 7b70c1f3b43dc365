-- An IV, but next to none is none: its square, or a quotient by it, could be no figure any more.
CREATE FUNCTION ops.known_iv(p_iv double precision) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
SELECT CASE WHEN p_iv >= 1e-6 THEN p_iv END;
$$;
