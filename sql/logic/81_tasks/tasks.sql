-- The tasks that the caller may see, of one id or all: its own, and for an administrator each.
CREATE FUNCTION ops.tasks(
    p_id bigint DEFAULT NULL,
    OUT id bigint, OUT kind text, OUT arguments jsonb, OUT state text,
    OUT progress double precision, OUT message text, OUT seconds_left double precision,
    OUT result jsonb, OUT error text, OUT asked_by text, OUT asked_at timestamptz,
    OUT started_at timestamptz, OUT ended_at timestamptz, OUT attempt integer
) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
SELECT
    task.id, task.kind, task.arguments, task.state, task.progress, task.message,
    task.seconds_left, task.result, task.error, task.asked_by, task.asked_at, task.started_at,
    task.ended_at, task.attempt
FROM job.task AS task
CROSS JOIN ops.reader_rights() AS rights
WHERE
    (p_id IS NULL OR task.id = p_id)
    AND 'task' = ANY(ops.readable_topics())
    AND (rights.is_admin OR task.asked_by = ops.reader_name())
ORDER BY task.id DESC;
$$;
