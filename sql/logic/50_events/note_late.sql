-- Note from which instant on the batch changed the past of each of its symbols.
CREATE FUNCTION ops.note_late() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM ops.note_past(late.symbol, 'quotes', late.from_time)
    FROM (
        SELECT
            market.symbol,
            (
                SELECT min(written.quote_time)
                FROM pg_temp.batch_written AS written
                WHERE written.symbol = market.symbol AND written.quote_time <= market.clock
            ) AS from_time
        FROM pg_temp.batch_market AS market
    ) AS late
    WHERE late.from_time IS NOT NULL;
END;
$$;
