-- The newer of two values: the step of ops.last_known.
--
-- STRICT is the point: an unknown value leaves the state as it is.
CREATE FUNCTION ops.keep_known(p_known bigint, p_value bigint) RETURNS bigint
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
BEGIN
    RETURN p_value;
END;
$$;
