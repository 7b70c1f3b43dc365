-- Overwrite the stored quotes that the batch corrects or changes the derivation of.
--
-- First those that were valued with the batch, whole; then those of which only volumes
-- or growths changed. Rows that come out as they are stay untouched. The range of times spares
-- other days.
CREATE FUNCTION ops.repair_stored() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    -- So many that the planner must know how many share a time, and must not take times that are
    -- newer than its figures for rare: it would compare all of a snapshot with all of it.
    c_many CONSTANT bigint := 100;
    v_rows bigint;
    v_from timestamptz;
    v_to timestamptz;
BEGIN
    INSERT INTO pg_temp.batch_repair
    SELECT final.*
    FROM pg_temp.batch_final AS final
    WHERE final.arrival IN ('correction', 'stored');
    SELECT count(*), min(repair.quote_time), max(repair.quote_time) INTO v_rows, v_from, v_to
    FROM pg_temp.batch_repair AS repair;
    IF v_rows > c_many THEN
        ANALYZE pg_temp.batch_repair (symbol, expiry, strike, quote_time);
        /*postgres
        v_from := v_from - interval '1 day';
        v_to := v_to + interval '1 day';
        */
        /*timescaledb
        -- An UPDATE decompresses whatever its range of times meets: no more than whole days.
        v_from := date_trunc('day', v_from, 'UTC');
        v_to := date_trunc('day', v_to, 'UTC') + interval '1 day' - interval '1 microsecond';
        */
    END IF;
    IF v_rows > 0 THEN
        /*timescaledb PERFORM ops.open_repaired_chunks(v_from, v_to); */
        PERFORM ops.repair_quotes(v_from, v_to);
    END IF;
    INSERT INTO pg_temp.batch_regrowth (
        symbol, expiry, strike, quote_time, call_volume, put_volume, call_doubted, put_doubted,
        is_volume_same, call_volume_growth, put_volume_growth, call_oi_growth, put_oi_growth
    )
    SELECT
        listed.symbol, listed.expiry, listed.strike, quote.quote_time,
        quote.call_volume, quote.put_volume, quote.call_doubted, quote.put_doubted,
        (quote.call_doubted OR quote.put_doubted OR quote.was_call_doubted OR quote.was_put_doubted)
        IS FALSE,
        quote.call_volume_growth, quote.put_volume_growth,
        quote.call_oi_growth, quote.put_oi_growth
    FROM pg_temp.batch_quote AS quote
    INNER JOIN pg_temp.batch_contract AS listed ON quote.contract = listed.contract
    WHERE quote.arrival = 'regrown';
    SELECT count(*), min(regrowth.quote_time), max(regrowth.quote_time) INTO v_rows, v_from, v_to
    FROM pg_temp.batch_regrowth AS regrowth;
    IF v_rows > c_many THEN
        ANALYZE pg_temp.batch_regrowth (symbol, expiry, strike, quote_time);
        /*postgres
        v_from := v_from - interval '1 day';
        v_to := v_to + interval '1 day';
        */
        /*timescaledb
        -- An UPDATE decompresses whatever its range of times meets: no more than whole days.
        v_from := date_trunc('day', v_from, 'UTC');
        v_to := date_trunc('day', v_to, 'UTC') + interval '1 day' - interval '1 microsecond';
        */
    END IF;
    IF v_rows > 0 THEN
        /*timescaledb PERFORM ops.open_repaired_chunks(v_from, v_to); */
        PERFORM ops.repair_growths(v_from, v_to);
    END IF;
END;
$$;
