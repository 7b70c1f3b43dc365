-- Refuse a word that is not one of those known, and say which are. Returns TRUE.
--
-- SQLSTATE 22023. The constraint's name in the error is a stable code, unknown_symbol say, for
-- programs; the hint names what is known.
CREATE FUNCTION ops.check_known(p_what text, p_word text, p_known text[]) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF p_word = ANY(p_known) THEN
        RETURN TRUE;
    END IF;
    RAISE EXCEPTION 'unknown % %', p_what, coalesce('"' || p_word || '"', 'NULL')
        USING ERRCODE = 'invalid_parameter_value',
            CONSTRAINT = 'unknown_' || p_what,
            HINT = coalesce(
                'Send one of: ' || array_to_string(p_known, ', ') || '.', 'There is none.'
            );
END;
$$;
