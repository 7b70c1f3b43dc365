-- Whether a worker may begin a task: it waits, or its session is gone.
CREATE FUNCTION ops.is_free(p_task job.task) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
SELECT
    p_task.state = 'pending'
    OR (p_task.state = 'running' AND NOT ops.is_alive(p_task.holder, p_task.holder_since));
$$;
