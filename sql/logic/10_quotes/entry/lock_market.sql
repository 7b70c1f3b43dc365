-- Keep other writers of these symbols out until the transaction ends, and note how they stand.
--
-- In the order of the symbols, so that two writers never wait for each other. A quote's symbol
-- is its place in p_symbols, counted from 0; one that is not in fo.instrument gets no row.
-- p_source_kind is what the quotes are, p_volume_kind and p_oi_kind what their feed says of volume
-- and OI (NULL: nothing). They count for a symbol without quotes; other is the reason to reject the
-- quotes of a symbol whose own are of another kind.
CREATE FUNCTION ops.lock_market(
    p_symbols text[], p_source_kind text, p_volume_kind text, p_oi_kind text
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_market (
        symbol_no, symbol, clock, source_kind, other, exchange, time_zone, is_continuous,
        tick, underlying_kind, volume_kind, oi_kind
    )
    SELECT
        array_position(p_symbols, locked.symbol) - 1, locked.symbol, locked.clock,
        p_source_kind,
        CASE
            WHEN locked.source_kind <> p_source_kind THEN 'other_source'
            WHEN
                locked.source_kind IS NOT NULL
                AND (locked.volume_kind <> p_volume_kind OR locked.oi_kind <> p_oi_kind)
                THEN 'other_kind'
        END,
        exchange.exchange, exchange.time_zone, exchange.is_continuous,
        locked.tick, locked.underlying_kind,
        CASE
            WHEN locked.source_kind IS NULL THEN coalesce(p_volume_kind, locked.volume_kind)
            ELSE locked.volume_kind
        END,
        CASE
            WHEN locked.source_kind IS NULL THEN coalesce(p_oi_kind, locked.oi_kind)
            ELSE locked.oi_kind
        END
    FROM (
        SELECT
            instrument.symbol, instrument.clock, instrument.source_kind, instrument.exchange,
            instrument.tick, instrument.underlying_kind, instrument.volume_kind,
            instrument.oi_kind
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = ANY(p_symbols)
        ORDER BY instrument.symbol
        FOR NO KEY UPDATE
    ) AS locked
    INNER JOIN fo.exchange AS exchange ON locked.exchange = exchange.exchange;
END;
$$;
