-- Make ready for ops.grow_batch the series that have late quotes (see ops.find_runs).
CREATE FUNCTION ops.join_stored() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_from timestamptz;
    v_to timestamptz;
BEGIN
    -- With a day to spare on each side, whatever the time zones.
    SELECT min(series.session) - 1, max(series.session) + 2
    INTO v_from, v_to
    FROM pg_temp.batch_series AS series
    WHERE series.is_late;
    IF v_from IS NULL THEN
        RETURN;
    END IF;
    PERFORM ops.recall_neighbours(v_from, v_to);
    PERFORM ops.find_runs(v_from, v_to);
    IF EXISTS (SELECT FROM pg_temp.batch_series AS series WHERE series.arrival = 'correction') THEN
        PERFORM ops.join_runs();
    END IF;
    PERFORM ops.end_runs(v_from, v_to);
    PERFORM ops.list_wide_runs(v_from, v_to);
    IF EXISTS (SELECT FROM pg_temp.batch_session) THEN
        PERFORM ops.widen_runs(v_from, v_to);
    END IF;
END;
$$;
