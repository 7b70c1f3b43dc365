-- Convert a compressed chunk back to rows, and keep it so until the transaction ends.
--
-- The lock waits for a job that is compressing the chunk, and keeps the next one out. Of several
-- writers that meet a compressed chunk, the first converts it and the others wait: so a transaction
-- must not have written to the chunk before.
CREATE FUNCTION ops.open_chunk(p_chunk regclass) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    /*timescaledb
    IF ops.is_compressed(p_chunk) THEN
        EXECUTE format('LOCK TABLE %s IN EXCLUSIVE MODE', p_chunk);
    ELSE
        EXECUTE format('LOCK TABLE %s IN ROW EXCLUSIVE MODE', p_chunk);
    END IF;
    IF ops.is_compressed(p_chunk) THEN
        CALL public.convert_to_rowstore(p_chunk, if_columnstore => TRUE);
        -- As in ops.analyze_new_days.
        EXECUTE format('ANALYZE %s (symbol, expiry, strike, quote_time)', p_chunk);
    END IF;
    */
END;
$$;
