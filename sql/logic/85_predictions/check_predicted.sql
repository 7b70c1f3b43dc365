-- Refuse a question about predictions that the caller may not ask, or of an unknown model.
CREATE FUNCTION ops.check_predicted(p_symbol text, p_model text) RETURNS void
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM ops.check_readable_topic('prediction');
    PERFORM ops.check_known('symbol', p_symbol, ops.readable_symbols());
    IF p_model IS NOT NULL THEN
        PERFORM ops.check_known(
            'model', p_model,
            ARRAY(
                SELECT DISTINCT model.name
                FROM fo.model AS model
                WHERE model.symbol IS NULL OR model.symbol = p_symbol
                ORDER BY model.name
            )
        );
    END IF;
END;
$$;
