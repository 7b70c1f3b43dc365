-- Write what ops.derive_batch derived and the caller priced, and everything that follows from it.
--
-- Quotes, contracts, clocks, stale buckets and events, in one transaction with the first half.
-- The same quotes again change nothing. p_written is how many rows of the batch the caller has had
-- ops.write_batch write already. Returns the id of the newest event.
CREATE FUNCTION ops.store_batch(p_written integer DEFAULT 0) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_repairs boolean := ops.batch_repairs();
BEGIN
    IF EXISTS (SELECT FROM pg_temp.batch_series) THEN
        PERFORM ops.require_prices();
        PERFORM ops.note_expiries();
        PERFORM ops.write_batch(p_written, NULL);
        PERFORM ops.note_written();
        PERFORM ops.write_underlying();
        PERFORM ops.analyze_new_days();
        IF v_repairs THEN
            PERFORM ops.repair_stored();
            PERFORM ops.retract_live_times();
        END IF;
        PERFORM ops.advance_contracts();
        IF v_repairs THEN
            PERFORM ops.advance_live_times();
        END IF;
        PERFORM ops.advance_clocks();
        PERFORM ops.find_company();
        PERFORM ops.note_moves();
        PERFORM ops.doubt_calendar();
        PERFORM ops.mark_stale();
        IF v_repairs THEN
            PERFORM ops.mark_superseded();
        END IF;
    END IF;
    RETURN ops.announce_batch();
END;
$$;
