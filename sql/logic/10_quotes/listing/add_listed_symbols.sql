-- Add the symbols of pg_temp.listed_contract to fo.instrument. Returns how many are new.
--
-- A symbol is unique across exchanges: where another exchange has it already, NSE first, it is
-- called like SYMBOL.EXCHANGE.
CREATE FUNCTION ops.add_listed_symbols() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_added bigint;
    v_more bigint;
BEGIN
    INSERT INTO fo.instrument (symbol, exchange)
    SELECT DISTINCT ON (listed.symbol) listed.symbol, listed.exchange
    FROM pg_temp.listed_contract AS listed
    ORDER BY listed.symbol ASC, (listed.exchange = 'NSE') DESC, listed.exchange ASC
    ON CONFLICT (symbol) DO NOTHING;
    GET DIAGNOSTICS v_added = ROW_COUNT;
    UPDATE pg_temp.listed_contract AS listed
    SET symbol = left(listed.symbol, 31 - length(listed.exchange)) || '.' || listed.exchange
    FROM fo.instrument AS instrument
    WHERE
        listed.symbol = instrument.symbol
        AND listed.exchange <> instrument.exchange;
    INSERT INTO fo.instrument (symbol, exchange)
    SELECT DISTINCT listed.symbol, listed.exchange
    FROM pg_temp.listed_contract AS listed
    ON CONFLICT (symbol) DO NOTHING;
    GET DIAGNOSTICS v_more = ROW_COUNT;
    RETURN v_added + v_more;
END;
$$;
