-- The pids of all sessions of a process of `pgstrike run`.
CREATE FUNCTION ops.process_sessions(p_process text) RETURNS SETOF integer
LANGUAGE sql VOLATILE AS $$
SELECT session.pid
FROM job.process AS process
INNER JOIN pg_catalog.pg_stat_activity AS session ON process.role = session.usename
WHERE
    process.process = p_process
    AND session.datname = current_database()
    AND right(session.application_name, length(p_process) + 1) = ' ' || p_process;
$$;
