-- Say that a process still works on some tasks. A row that is locked is left for the next time.
CREATE FUNCTION ops.beat_tasks(p_ids bigint[], p_attempts integer[]) RETURNS void
LANGUAGE sql VOLATILE AS $$
UPDATE job.task AS task
SET heartbeat_at = clock_timestamp()
WHERE task.id IN (
    SELECT own.id
    FROM job.task AS own
    INNER JOIN
        unnest(p_ids, p_attempts) AS mine (id, attempt)
        ON own.id = mine.id AND own.attempt = mine.attempt
    FOR UPDATE OF own SKIP LOCKED
);
$$;
