-- When our own session began: with its pid it names the session (ops.is_alive).
CREATE FUNCTION ops.own_start() RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$
SELECT session.backend_start
FROM pg_stat_get_activity(pg_backend_pid()) AS session;
$$;
