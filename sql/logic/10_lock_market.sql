-- Keep other writers of these symbols out until the transaction ends, and note the clocks.
--
-- In the order of the symbols, so that two writers never wait for each other.
CREATE FUNCTION ops.lock_market(p_symbols text[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_market (symbol, clock)
    SELECT locked.symbol, locked.clock
    FROM (
        SELECT instrument.symbol, instrument.clock
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = ANY(p_symbols)
        ORDER BY instrument.symbol
        FOR NO KEY UPDATE
    ) AS locked;
END;
$$;
