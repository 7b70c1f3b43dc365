-- Refuse a symbol that is not known, and an expiry that it does not have or that is not live.
--
-- NULL stands for every expiry. p_topic is that of the data which is asked for.
CREATE FUNCTION ops.check_known_expiry(
    p_symbol text, p_expiry date, p_live boolean, p_topic text DEFAULT 'chain'
) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM ops.check_readable_topic(p_topic);
    PERFORM ops.check_known('symbol', p_symbol, ops.readable_symbols());
    IF p_expiry IS NOT NULL THEN
        PERFORM ops.check_known_expiries(p_symbol, ARRAY[p_expiry], p_live);
    END IF;
END;
$$;
