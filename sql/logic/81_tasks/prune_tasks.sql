-- Forget the tasks that ended 24 hours ago. One that ended in the future did so by a wrong clock.
CREATE FUNCTION ops.prune_tasks() RETURNS void
LANGUAGE sql VOLATILE AS $$
DELETE FROM job.task AS task
WHERE task.id IN (
    SELECT old.id
    FROM job.task AS old
    WHERE old.ended_at NOT BETWEEN now() - interval '24 hours' AND now() + interval '24 hours'
    FOR UPDATE SKIP LOCKED
);
$$;
