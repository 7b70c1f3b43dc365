-- Tasks as JSON, the newest first: of one id, state or kind, or all (NULL). One row each.
SELECT
    convert_to(json_build_object(
        'id', task.id,
        'kind', task.kind,
        'state', task.state,
        'progress', task.progress,
        'message', task.message,
        'seconds_left', task.seconds_left,
        'arguments', task.arguments,
        'result', task.result,
        'error', task.error,
        'asked_by', task.asked_by,
        'asked_at', task.asked_at,
        'started_at', task.started_at,
        'ended_at', task.ended_at,
        'attempt', task.attempt
    )::text, 'UTF8') AS body
FROM ops.tasks(%(id)s::bigint) AS task
WHERE
    (%(state)s::text IS NULL OR task.state = %(state)s::text)
    AND (%(kind)s::text IS NULL OR task.kind = %(kind)s::text)
ORDER BY task.id DESC
LIMIT %(limit)s;
