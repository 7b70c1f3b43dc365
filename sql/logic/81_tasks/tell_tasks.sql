-- Append the events of tasks whose newest state has none yet; called by the workers.
--
-- A reader's own login appends none: it could hold the counter's row for as long as it likes.
CREATE FUNCTION ops.tell_tasks() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_id bigint;
BEGIN
    FOR v_id IN
        SELECT task.id
        FROM job.task AS task
        WHERE task.told_state IS DISTINCT FROM task.state
        ORDER BY task.id
        FOR UPDATE SKIP LOCKED
    LOOP
        PERFORM ops.tell_task(v_id);
    END LOOP;
END;
$$;
