-- Keep other writers of these symbols out until the transaction ends, and note how they stand.
--
-- In the order of the symbols, so that two writers never wait for each other. A quote's symbol
-- is its place in p_symbols, counted from 0; one that is not in fo.instrument gets no row.
-- p_source_kind is what the quotes are; is_other where those that the symbol has are not.
CREATE FUNCTION ops.lock_market(p_symbols text[], p_source_kind text) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_market (
        symbol_no, symbol, clock, source_kind, is_other, exchange, time_zone, is_continuous,
        tick, underlying_kind, raw_floor
    )
    SELECT
        array_position(p_symbols, locked.symbol) - 1, locked.symbol, locked.clock,
        p_source_kind, coalesce(locked.source_kind <> p_source_kind, FALSE),
        exchange.exchange, exchange.time_zone, exchange.is_continuous,
        locked.tick, locked.underlying_kind, locked.raw_floor
    FROM (
        SELECT
            instrument.symbol, instrument.clock, instrument.source_kind, instrument.exchange,
            instrument.tick, instrument.underlying_kind, instrument.raw_floor
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = ANY(p_symbols)
        ORDER BY instrument.symbol
        FOR NO KEY UPDATE
    ) AS locked
    INNER JOIN fo.exchange AS exchange ON locked.exchange = exchange.exchange;
END;
$$;
