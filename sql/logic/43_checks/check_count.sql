-- Refuse a number of things (days, sessions) that is out of bounds. Returns TRUE.
CREATE FUNCTION ops.check_count(
    p_what text, p_count integer, p_least integer, p_most integer
) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_count BETWEEN p_least AND p_most THEN
        RETURN TRUE;
    END IF;
    RAISE EXCEPTION '% % cannot be asked for', coalesce(p_count::text, 'NULL'), p_what
        USING ERRCODE = 'invalid_parameter_value',
            CONSTRAINT = 'bad_' || p_what,
            HINT = format('Send a number from %s to %s.', p_least, p_most);
END;
$$;
