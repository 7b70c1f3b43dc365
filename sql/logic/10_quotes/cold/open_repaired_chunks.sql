-- Convert the compressed chunks back to rows whose stored quotes the batch changes.
--
-- Those that the batch has quotes of are so already; a session may reach into the next one.
CREATE FUNCTION ops.open_repaired_chunks() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    /*timescaledb
    PERFORM ops.open_chunks(changed.symbol, changed.day, changed.day + interval '1 day')
    FROM (
        SELECT repair.symbol, date_trunc('day', repair.quote_time, 'UTC') AS day
        FROM pg_temp.batch_repair AS repair
        UNION
        SELECT regrowth.symbol, date_trunc('day', regrowth.quote_time, 'UTC')
        FROM pg_temp.batch_regrowth AS regrowth
        EXCEPT
        SELECT chain.symbol, date_trunc('day', chain.quote_time, 'UTC')
        FROM pg_temp.batch_chain AS chain
        WHERE chain.reason IS NULL
        ORDER BY day, symbol
    ) AS changed;
    */
END;
$$;
