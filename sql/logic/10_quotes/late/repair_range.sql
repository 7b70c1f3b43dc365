-- The range of times of the quotes in a table of the batch, for the UPDATE of the stored ones.
--
-- It spares other days. The planner must not take one time, or times that are newer than its
-- figures, for rare: it would compare all of a snapshot with all of it. So the range is of whole
-- days (UTC), and many quotes are analyzed: how many share a time? No wider: an UPDATE decompresses
-- whatever its range meets, and the compressed chunks in it are converted back here. NULL without
-- quotes.
CREATE FUNCTION ops.repair_range(
    p_table text, OUT from_time timestamptz, OUT to_time timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_many CONSTANT bigint := 100;
    v_rows bigint;
BEGIN
    EXECUTE format(
        'SELECT count(*), min(quote.quote_time), max(quote.quote_time) FROM pg_temp.%I AS quote',
        p_table
    ) INTO v_rows, from_time, to_time;
    IF v_rows > c_many THEN
        EXECUTE format('ANALYZE pg_temp.%I (symbol, expiry, strike, quote_time)', p_table);
    END IF;
    from_time := date_trunc('day', from_time, 'UTC');
    to_time := date_trunc('day', to_time, 'UTC') + interval '1 day' - interval '1 microsecond';
    /*timescaledb
    IF v_rows > 0 THEN
        PERFORM ops.open_repaired_chunks(from_time, to_time);
    END IF;
    */
END;
$$;
