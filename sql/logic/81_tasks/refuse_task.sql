-- Refuse a call about tasks, with a stable code and a hint of what to do.
CREATE FUNCTION ops.refuse_task(p_code text, p_message text, p_hint text) RETURNS void
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RAISE EXCEPTION '%', p_message
        USING ERRCODE = 'invalid_parameter_value', CONSTRAINT = p_code, HINT = p_hint;
END;
$$;
