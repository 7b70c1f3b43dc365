-- Refuse what analytics.strike_distribution and analytics.moneyness_series cannot answer.
--
-- Returns TRUE. The words and their order are those that a reader may send. The volume of a bar is
-- growth.
CREATE FUNCTION ops.check_known_chain(
    p_symbol text,
    p_timeframe text,
    p_timeframes text[],
    p_indicator text,
    p_indicators text[],
    p_around integer
) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM ops.check_readable_topic('chain');
    PERFORM ops.check_known('symbol', p_symbol, ops.readable_symbols());
    PERFORM ops.check_known('timeframe', p_timeframe, p_timeframes);
    PERFORM ops.check_known('indicator', p_indicator, p_indicators);
    IF p_around NOT BETWEEN 0 AND 1000 THEN
        RAISE EXCEPTION '% strikes around the money cannot be asked for', p_around
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'bad_strikes',
                HINT = 'Send a number from 0 to 1000.';
    END IF;
    IF p_indicator IN ('oi_growth', 'oi_change') THEN
        PERFORM ops.check_growth(p_symbol, 'oi');
    ELSIF p_indicator = 'volume_growth' OR (p_indicator = 'volume' AND p_timeframe <> 'live') THEN
        PERFORM ops.check_growth(p_symbol, 'volume');
    END IF;
    RETURN TRUE;
END;
$$;
