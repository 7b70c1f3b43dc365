-- Have the workers look for tasks now; they listen on a channel that the owner alone knows.
CREATE FUNCTION ops.wake_workers() RETURNS void
LANGUAGE sql VOLATILE AS $$
SELECT pg_notify(ops.task_channel(), '');
$$;
