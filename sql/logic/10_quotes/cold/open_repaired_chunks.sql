-- Convert the compressed chunks back to rows that an UPDATE of stored quotes meets by its times.
--
-- Those that the batch has quotes of are so already; a session may reach into the next one, and a
-- batch may have quotes of two days with others between. One symbol of the batch is noted for all.
CREATE FUNCTION ops.open_repaired_chunks(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    /*timescaledb
    PERFORM ops.open_chunks(
        (
            SELECT min(market.symbol)
            FROM pg_temp.batch_market AS market
            WHERE NOT market.is_other
        ),
        p_from, p_to + interval '1 microsecond'
    );
    */
END;
$$;
