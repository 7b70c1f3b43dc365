-- The sessions that work on a task: its holder, and those that the worker opened beside it.
CREATE FUNCTION ops.task_sessions(p_task job.task) RETURNS SETOF integer
LANGUAGE sql STABLE AS $$
SELECT session.pid
FROM pg_catalog.pg_stat_activity AS session
WHERE
    (session.pid = p_task.holder AND session.backend_start = p_task.holder_since)
    OR (
        session.datname = current_database()
        AND session.usename = current_user
        AND starts_with(
            session.application_name || ' ', ops.task_name(p_task.id, p_task.attempt) || ' '
        )
    );
$$;
