-- The kinds of tasks, for callers who may read topic task.
CREATE FUNCTION ops.task_kinds() RETURNS SETOF job.task_kind
LANGUAGE sql STABLE AS $$
SELECT kind.*
FROM job.task_kind AS kind
WHERE 'task' = ANY(ops.readable_topics())
ORDER BY kind.name;
$$;
