-- Leave the bars of sealed sessions as they are, whoever refreshes them.
--
-- A trigger on every rollup: a row of a sealed session is neither deleted nor changed nor added.
-- Without it a refresh of TimescaleDB's over a time whose raw quotes were dropped, also one that
-- was called by hand, deletes the bars.
CREATE FUNCTION ops.keep_sealed() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF tg_op = 'DELETE' THEN
        RETURN CASE WHEN NOT ops.is_sealed(old.symbol, old.bucket_time) THEN old END;
    ELSIF tg_op = 'UPDATE' AND ops.is_sealed(old.symbol, old.bucket_time) THEN
        RETURN NULL;
    END IF;
    RETURN CASE WHEN NOT ops.is_sealed(new.symbol, new.bucket_time) THEN new END;
END;
$$;
