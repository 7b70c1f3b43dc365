-- Say that a process of `pgstrike run` is alive. Returns the others, with their beats.
--
-- Those that have ended are forgotten. p_host and p_os_pid are for who looks into job.process.
CREATE FUNCTION ops.beat(
    p_process text, p_host text, p_os_pid integer, OUT process text, OUT host text, OUT beat bigint
) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', TRUE);
    INSERT INTO job.process AS own (process, role, host, os_pid, pid, backend_start)
    VALUES (p_process, session_user, p_host, p_os_pid, pg_backend_pid(), ops.own_start())
    ON CONFLICT ON CONSTRAINT process_pkey DO UPDATE
        SET
            beat = own.beat + 1,
            pid = excluded.pid,
            backend_start = excluded.backend_start;
    DELETE FROM job.process AS ended
    WHERE ended.process IN (
        SELECT gone.process FROM job.process AS gone
        WHERE
            NOT ops.is_alive(gone.pid, gone.backend_start)
            AND NOT EXISTS (SELECT FROM ops.process_sessions(gone.process))
        FOR UPDATE SKIP LOCKED
    );
    RETURN QUERY
    SELECT other.process, other.host, other.beat
    FROM job.process AS other
    WHERE other.process <> p_process;
END;
$$;
