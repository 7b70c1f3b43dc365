-- Announce the refreshed snapshot, once. Returns the event's id, NULL where it was announced.
--
-- On an edge the primary's event came before. The word says that answers made since are old.
CREATE FUNCTION ops.announce_snapshot() RETURNS bigint
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_body text;
BEGIN
    UPDATE fo.snapshot_version AS version
    SET announced = TRUE
    WHERE NOT version.announced
    RETURNING json_build_object(
        'topic', 'snapshot', 'version', version.version, 'event', version.event_id,
        'refreshed_at', version.refreshed_at
    )::text INTO v_body;
    IF v_body IS NULL THEN
        RETURN NULL;
    ELSIF EXISTS (SELECT FROM job.edge) THEN
        PERFORM ops.tell_change('data');
        RETURN NULL;
    END IF;
    RETURN ops.append_events(ARRAY['snapshot'], ARRAY[NULL], ARRAY[NULL::date], ARRAY[v_body]);
END;
$$;
