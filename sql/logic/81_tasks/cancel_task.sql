-- Cancel a task that the caller may see. Returns its state: cancelled, or what it had ended as.
--
-- From now on its worker can commit nothing of it; the statement that the worker waits for is
-- cancelled as well.
CREATE FUNCTION ops.cancel_task(p_id bigint) RETURNS text
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_task job.task;
BEGIN
    PERFORM FROM ops.tasks(p_id);
    IF NOT FOUND THEN
        PERFORM ops.refuse_call(
            'unknown_task', format('there is no task %s of yours', p_id),
            'Tasks are kept for 24 hours after their end.'
        );
    END IF;
    SELECT * INTO v_task
    FROM job.task AS task
    WHERE task.id = p_id
    FOR UPDATE;
    IF v_task.state IS NULL OR v_task.state NOT IN ('pending', 'running') THEN
        RETURN coalesce(v_task.state, 'pruned');
    END IF;
    UPDATE job.task AS task
    SET state = 'cancelled', ended_at = clock_timestamp(), seconds_left = NULL
    WHERE task.id = p_id;
    IF v_task.state = 'running' THEN
        PERFORM pg_cancel_backend(session)
        FROM ops.task_sessions(v_task) AS session;
    END IF;
    IF ops.acts_for_others() THEN
        PERFORM ops.tell_task(p_id);
    END IF;
    PERFORM ops.wake_workers();
    RETURN 'cancelled';
END;
$$;
