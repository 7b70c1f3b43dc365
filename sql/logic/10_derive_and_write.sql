-- Derive and write the quotes of pg_temp.batch_series. Returns the number of new drop-outs.
CREATE FUNCTION ops.derive_and_write(p_rate double precision) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_repairs boolean := EXISTS (
        SELECT FROM pg_temp.batch_chain AS chain WHERE chain.is_behind AND chain.reason IS NULL
    );
    v_dropouts bigint;
BEGIN
    -- Only what is not ahead of the market clock can change stored rows.
    IF v_repairs THEN
        PERFORM ops.join_stored();
    END IF;
    PERFORM ops.grow_batch();
    IF v_repairs THEN
        PERFORM ops.complete_batch();
    END IF;
    v_dropouts := ops.keep_dropouts();
    PERFORM ops.imply_forwards(p_rate);
    PERFORM ops.value_batch();
    /*postgres PERFORM ops.ensure_partitions(); */
    PERFORM ops.write_batch();
    PERFORM ops.analyze_new_days();
    IF v_repairs THEN
        PERFORM ops.repair_stored();
    END IF;
    PERFORM ops.advance_contracts();
    IF v_repairs THEN
        PERFORM ops.advance_live_times();
    END IF;
    PERFORM ops.advance_clocks();
    PERFORM ops.mark_stale();
    RETURN v_dropouts;
END;
$$;
