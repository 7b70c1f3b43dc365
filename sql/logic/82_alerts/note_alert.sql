-- Note what a look at an alert found, and fire it where that is due. Returns whether it fired.
--
-- The rows, the event of topic alert and what sinks are to have are committed together. An error
-- leaves what was known of its rows. An alert that was set anew meanwhile has lost its look. The
-- newest 1,000 firings of an alert are kept.
CREATE FUNCTION ops.note_alert(
    p_alert bigint, p_set_at timestamptz, p_symbol text, p_event bigint, p_at timestamptz,
    p_rows jsonb, p_error text DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    c_most_told constant integer := 2000;
    c_most_kept constant integer := 1000;
    v_alert job.alert;
    v_state job.alert_state;
    v_fires boolean;
    v_firing bigint;
BEGIN
    SELECT * INTO v_alert
    FROM job.alert AS alert
    WHERE alert.id = p_alert AND alert.set_at = p_set_at
    FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    SELECT * INTO v_state
    FROM job.alert_state AS state
    WHERE state.alert = p_alert AND state.symbol = p_symbol;
    v_fires := p_error IS NULL AND ops.alert_fires(
        coalesce(v_state.has_rows, FALSE), p_rows <> '[]', v_state.fired_at, p_at, v_alert.cooldown
    );
    INSERT INTO job.alert_state AS state (alert, symbol, event, has_rows, fired_at, error)
    VALUES (
        p_alert, p_symbol, p_event, coalesce(p_rows <> '[]', FALSE),
        CASE WHEN v_fires THEN p_at END, left(p_error, 1000)
    )
    ON CONFLICT (alert, symbol) DO UPDATE
        SET
            event = excluded.event,
            has_rows = CASE
                WHEN excluded.error IS NULL THEN excluded.has_rows ELSE state.has_rows
            END,
            fired_at = coalesce(excluded.fired_at, state.fired_at),
            error = excluded.error;
    IF NOT v_fires THEN
        RETURN FALSE;
    END IF;
    INSERT INTO job.alert_firing (alert, symbol, fired_at, event, rows)
    VALUES (p_alert, p_symbol, p_at, p_event, p_rows)
    RETURNING id INTO v_firing;
    INSERT INTO job.alert_delivery (firing, sink)
    SELECT DISTINCT v_firing, wanted.sink
    FROM unnest(v_alert.sinks) AS wanted (sink);
    DELETE FROM job.alert_firing AS firing
    WHERE
        firing.alert = p_alert
        AND firing.id <= (
            SELECT old.id FROM job.alert_firing AS old
            WHERE old.alert = p_alert
            ORDER BY old.id DESC
            LIMIT 1 OFFSET c_most_kept
        );
    PERFORM ops.append_events(
        ARRAY['alert'], ARRAY[p_symbol], ARRAY[NULL::date],
        ARRAY[json_build_object(
            'topic', 'alert', 'symbol', p_symbol, 'key', v_alert.key, 'alert', v_alert.name,
            'firing', v_firing, 'fired_at', p_at, 'row_count', jsonb_array_length(p_rows),
            'rows', CASE WHEN octet_length(p_rows::text) <= c_most_told THEN p_rows END
        )::text]
    );
    RETURN TRUE;
END;
$$;
