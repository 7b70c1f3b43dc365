-- Whether the session of a pid that began at a time is still there.
CREATE FUNCTION ops.is_backend(p_pid integer, p_since timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT count(*) > 0
FROM pg_catalog.pg_stat_activity AS session
WHERE session.pid = p_pid AND session.backend_start = p_since;
$$;
