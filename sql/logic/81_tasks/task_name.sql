-- How the names of sessions begin that a worker opens beside the one that holds a task.
CREATE FUNCTION ops.task_name(p_id bigint, p_attempt integer) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
SELECT format('pgstrike task %s.%s', p_id, p_attempt);
$$;
