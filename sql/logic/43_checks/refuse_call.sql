-- Refuse a call, with a stable code, the field that is wrong, and a hint.
CREATE FUNCTION ops.refuse_call(p_code text, p_message text, p_field text, p_hint text)
RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION '%', p_message
        USING ERRCODE = 'invalid_parameter_value', CONSTRAINT = p_code, COLUMN = p_field,
            HINT = p_hint;
END;
$$;
