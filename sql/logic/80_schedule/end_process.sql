-- End all sessions of a process of `pgstrike run` that was stopped. Returns how many there were.
--
-- What it had begun is rolled back, and what it had claimed is run again by others.
CREATE FUNCTION ops.end_process(p_process text) RETURNS bigint
LANGUAGE sql VOLATILE AS $$
SELECT count(*) FILTER (WHERE pg_terminate_backend(session.pid))
FROM ops.process_sessions(p_process) AS session (pid)
WHERE session.pid <> pg_backend_pid();
$$;
