-- The rollup that is the furthest behind, and by name all that are late.
CREATE FUNCTION ops.health_of_rollups(p_late_seconds double precision, p_waited jsonb)
RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_rollup text;
    v_pause double precision;
    v_late text;
    v_cause text;
BEGIN
    SELECT lag.rollup, lag.item, lag.pause_seconds, lag.seconds
    INTO v_rollup, v_check.item, v_pause, v_check.value
    FROM ops.rollup_lags() AS lag
    WHERE lag.item IS NOT NULL
    ORDER BY lag.seconds DESC, lag.item ASC
    LIMIT 1;
    v_check.name := 'rollups';
    v_check.unit := 'seconds';
    v_check.bad_at := p_late_seconds;
    -- The caller has seen it wait from the beginning of its pause on.
    v_check.value := greatest(
        ops.seconds_waited('rollups', v_check.item, v_check.value + v_pause, p_waited) - v_pause,
        0
    );
    v_check.state := ops.state_of(v_check.value, p_late_seconds / 2, p_late_seconds);
    IF v_check.state = 'ok' THEN
        v_check.value := coalesce(v_check.value, 0);
        v_check.says := 'no rollup is late';
        RETURN v_check;
    END IF;
    SELECT string_agg(lag.rollup, ', ' ORDER BY lag.seconds DESC, lag.item ASC) INTO v_late
    FROM ops.rollup_lags() AS lag
    WHERE lag.seconds > p_late_seconds / 2 AND lag.rollup <> v_rollup;
    SELECT why.cause, why.remedy INTO v_cause, v_check.remedy FROM ops.why_late() AS why;
    v_check.says := concat(
        format('%s waits for %s s to be refreshed', v_rollup, round(v_check.value)),
        ', and late are ' || v_late, ': ', v_cause
    );
    RETURN v_check;
END;
$$;
