-- Cancel what sessions still do of cancelled tasks: they were between two statements at the cancel.
CREATE FUNCTION ops.cancel_leftovers() RETURNS void
LANGUAGE sql VOLATILE AS $$
SELECT pg_cancel_backend(session.pid)
FROM job.task AS task
CROSS JOIN LATERAL ops.task_sessions(task) AS session (pid)
WHERE task.state = 'cancelled' AND task.holder IS NOT NULL;
$$;
