-- End an attempt: the task is completed, failed, or pending again. False: it is ours no more.
CREATE FUNCTION ops.end_task(
    p_id bigint, p_attempt integer, p_state text, p_result jsonb, p_error text
) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE job.task AS task
    SET
        state = p_state,
        progress = CASE WHEN p_state = 'completed' THEN 1 ELSE task.progress END,
        seconds_left = CASE WHEN p_state = 'completed' THEN 0 END,
        result = p_result,
        error = p_error,
        ended_at = CASE WHEN p_state <> 'pending' THEN clock_timestamp() END
    WHERE task.id = p_id AND task.attempt = p_attempt AND task.state = 'running';
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    PERFORM ops.tell_task(p_id);
    RETURN TRUE;
END;
$$;
