-- The expiry that a word means: a date, or `front` or `next`: the first or the second live one.
--
-- As of p_at (NULL: now), by what had been quoted then.
CREATE FUNCTION ops.expiry_named(p_symbol text, p_word text, p_at timestamptz) RETURNS date
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_place integer := array_position('{front,next}'::text[], p_word);
    v_expiries date[];
BEGIN
    IF NOT ops.readable_topics() && '{chain,metrics}' THEN
        PERFORM ops.check_readable_topic('chain');
    END IF;
    PERFORM ops.check_known('symbol', p_symbol, ops.readable_symbols());
    IF v_place IS NULL THEN
        RETURN p_word::date;
    ELSIF p_at IS NULL THEN
        v_expiries := ops.known_expiries(p_symbol);
    ELSE
        v_expiries := ARRAY(
            SELECT alive.expiry
            FROM ops.expiries_alive(p_symbol, p_at) AS alive (expiry)
            WHERE ops.was_quoted(p_symbol, alive.expiry, p_at)
            LIMIT v_place
        );
    END IF;
    IF v_expiries[v_place] IS NULL THEN
        RAISE EXCEPTION 'there is no % expiry of %', p_word, p_symbol
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'unknown_expiry',
                HINT = 'Send a date, or none for every live expiry.';
    END IF;
    RETURN v_expiries[v_place];
EXCEPTION
    WHEN invalid_datetime_format OR datetime_field_overflow THEN
        RAISE EXCEPTION 'expiry is "%", which is no date', p_word
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'bad_expiry',
                HINT = 'Send a date, such as 2025-09-02, or front, next or all.';
END;
$$;
