-- Drop changes that everybody who polls has seen. Returns how many.
--
-- It notes the timeline besides, so that standbys know it also after a promotion without an event.
CREATE FUNCTION ops.prune_changes() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_pruned bigint;
BEGIN
    UPDATE job.event_counter AS counter
    SET timeline = ops.timeline()
    WHERE counter.timeline IS DISTINCT FROM ops.timeline();
    DELETE FROM job.change AS change
    WHERE change.changed_at NOT BETWEEN now() - interval '10 minutes' AND now();
    GET DIAGNOSTICS v_pruned = ROW_COUNT;
    RETURN v_pruned;
END;
$$;
