-- End the sessions of workers that stand still: their heartbeat is older than the lease.
--
-- Their tasks are free once the sessions are gone. A heartbeat of the future was written before the
-- clock was set back.
CREATE FUNCTION ops.end_stopped_workers(p_lease interval) RETURNS void
LANGUAGE sql VOLATILE AS $$
SELECT pg_terminate_backend(session.pid)
FROM job.task AS task
CROSS JOIN LATERAL ops.task_sessions(task) AS session (pid)
WHERE
    task.state = 'running'
    AND task.heartbeat_at
    NOT BETWEEN clock_timestamp() - p_lease AND clock_timestamp() + p_lease;
$$;
