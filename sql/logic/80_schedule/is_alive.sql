-- Whether a session of this server is still there, by its pid and its start: pids come again.
--
-- The start of another role's session is not ours to see; then its pid alone counts.
CREATE FUNCTION ops.is_alive(p_pid integer, p_backend_start timestamptz) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
SELECT count(*) > 0
FROM pg_stat_get_activity(p_pid) AS session
WHERE coalesce(session.backend_start = p_backend_start, TRUE);
$$;
