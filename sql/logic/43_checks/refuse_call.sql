-- Refuse a call, with a stable code, a hint of what to do, and the field that is wrong ('': none).
CREATE FUNCTION ops.refuse_call(
    p_code text, p_message text, p_hint text, p_field text DEFAULT ''
) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION '%', p_message
        USING ERRCODE = 'invalid_parameter_value', CONSTRAINT = p_code, COLUMN = p_field,
            HINT = p_hint;
END;
$$;
