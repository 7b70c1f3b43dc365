-- The log return from one price to another; NULL where one of them has no logarithm.
CREATE FUNCTION ops.log_return(p_from double precision, p_to double precision)
RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE WHEN p_from > 0 AND p_to > 0 THEN ln(p_to) - ln(p_from) END;
$$;
