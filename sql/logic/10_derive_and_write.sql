-- Derive and write the quotes of pg_temp.batch_quote. Returns the number of new drop-outs.
CREATE FUNCTION ops.derive_and_write(p_rate double precision) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_repairs boolean;
    v_dropouts bigint;
BEGIN
    PERFORM ops.grow_batch();
    -- Only what touches a stored snapshot, or a session behind its end, can change stored rows.
    v_repairs := EXISTS (SELECT FROM pg_temp.batch_quote AS quote WHERE quote.seen OR quote.late);
    IF v_repairs THEN
        PERFORM ops.complete_batch();
    END IF;
    PERFORM ops.value_batch(p_rate);
    PERFORM ops.derive_batch();
    /*postgres PERFORM ops.ensure_partitions(); */
    PERFORM ops.write_batch();
    PERFORM ops.analyze_new_days();
    IF v_repairs THEN
        PERFORM ops.repair_stored();
    END IF;
    v_dropouts := ops.keep_dropouts();
    PERFORM ops.advance_contracts();
    PERFORM ops.mark_stale();
    RETURN v_dropouts;
END;
$$;
