-- What the sessions that work on a task are called in pg_stat_activity.
CREATE FUNCTION ops.task_name(p_id bigint, p_attempt integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
SELECT format('pgstrike task %s.%s', p_id, p_attempt);
$$;
