-- Keep other writers of these symbols out until the transaction ends, and note the clocks.
--
-- In the order of the symbols, so that two writers never wait for each other. A quote's symbol
-- is its place in p_symbols, counted from 0; one that is not in fo.instrument gets no row.
CREATE FUNCTION ops.lock_market(p_symbols text[]) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_market (
        symbol_no, symbol, clock, exchange, time_zone, opens_at, closes_at
    )
    SELECT
        array_position(p_symbols, locked.symbol) - 1, locked.symbol, locked.clock,
        exchange.exchange, exchange.time_zone, exchange.opens_at, exchange.closes_at
    FROM (
        SELECT instrument.symbol, instrument.clock, instrument.exchange
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = ANY(p_symbols)
        ORDER BY instrument.symbol
        FOR NO KEY UPDATE
    ) AS locked
    INNER JOIN fo.exchange AS exchange ON locked.exchange = exchange.exchange;
END;
$$;
