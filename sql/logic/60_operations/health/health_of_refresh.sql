-- How long the oldest change waits that the snapshot does not show yet.
CREATE FUNCTION ops.health_of_refresh(p_late_seconds double precision, p_waited jsonb)
RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_change bigint;
    v_version bigint;
    v_event bigint;
    v_refreshed_at timestamptz;
    v_cause text;
BEGIN
    SELECT counter.change_id, shown.version, shown.event_id, shown.refreshed_at
    INTO v_change, v_version, v_event, v_refreshed_at
    FROM job.event_counter AS counter
    CROSS JOIN fo.snapshot_version AS shown;
    v_check.name := 'refresh';
    v_check.unit := 'seconds';
    v_check.bad_at := p_late_seconds;
    v_check.value := 0;
    IF v_change > v_event THEN
        v_check.item := v_event;
        v_check.value := ops.seconds_waited(
            'refresh', v_event,
            extract(EPOCH FROM clock_timestamp() - ops.waiting_since(v_event, v_change)), p_waited
        );
    END IF;
    v_check.state := ops.state_of(v_check.value, p_late_seconds / 2, p_late_seconds);
    IF v_check.state = 'ok' THEN
        v_check.says := CASE
            WHEN v_refreshed_at IS NULL THEN 'the snapshot was never refreshed, and nothing waits'
            ELSE format(
                'the snapshot has version %s, refreshed %s s ago', v_version,
                greatest(round(extract(EPOCH FROM clock_timestamp() - v_refreshed_at)), 0)
            )
        END;
    ELSE
        SELECT why.cause, why.remedy INTO v_cause, v_check.remedy FROM ops.why_late() AS why;
        v_check.says := format(
            'a change waits for %s s to be shown: %s', round(v_check.value), v_cause
        );
    END IF;
    RETURN v_check;
END;
$$;
