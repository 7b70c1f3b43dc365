-- What a ticker names: an underlying, an option or an indicator. Refuses what is not known.
--
-- NIFTY; NIFTY:2025-09-02:24500:CE; NIFTY:PCR, of the nearest expiry at each time; or
-- NIFTY:2025-09-02:PCR. The exchange may stand in front: NSE:NIFTY.
CREATE FUNCTION ops.udf_parts(
    p_ticker text,
    OUT ticker text,
    OUT symbol text,
    OUT expiry date,
    OUT strike double precision,
    OUT leg text,
    OUT indicator text
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_words text[] := string_to_array(upper(p_ticker), ':');
    v_last text;
    v_names text[] := ARRAY(SELECT known.name FROM ops.udf_indicator AS known);
BEGIN
    IF EXISTS (
        SELECT FROM fo.instrument AS instrument
        WHERE instrument.exchange = v_words[1]
            AND instrument.symbol = v_words[2]
            AND instrument.symbol = ANY(ops.readable_symbols())
    ) THEN
        v_words := v_words[2:];
    END IF;
    ticker := array_to_string(v_words, ':');
    symbol := v_words[1];
    PERFORM ops.check_known('symbol', symbol, ops.readable_symbols());
    v_last := v_words[cardinality(v_words)];
    IF cardinality(v_words) = 1 THEN
        PERFORM ops.check_known_expiry(symbol, NULL, FALSE);
        RETURN;
    ELSIF v_words[2] ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}$' THEN
        expiry := ops.expiry_named(symbol, v_words[2], NULL);
    END IF;
    IF v_last = ANY(v_names) AND cardinality(v_words) = 2 + (expiry IS NOT NULL)::integer THEN
        indicator := v_last;
        PERFORM ops.check_known_expiry(symbol, expiry, FALSE, 'metrics');
    ELSIF
        cardinality(v_words) = 4
        AND expiry IS NOT NULL
        AND v_words[3] ~ '^[0-9]{1,9}(\.[0-9]{1,4})?$'
        AND v_last IN ('CE', 'PE')
    THEN
        strike := v_words[3];
        leg := CASE v_last WHEN 'CE' THEN 'call' ELSE 'put' END;
        PERFORM ops.check_known_strike(symbol, expiry, strike);
        ticker := concat_ws(':', symbol, expiry, strike, v_last);
    ELSE
        RAISE EXCEPTION 'unknown symbol "%"', p_ticker
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'unknown_symbol',
                HINT = format(
                    'Send %1$s, %1$s:EXPIRY:STRIKE:CE or PE, %1$s:NAME or %1$s:EXPIRY:NAME, '
                    'of the names %2$s.',
                    symbol, array_to_string(v_names, ', ')
                );
    END IF;
END;
$$;
