-- The tasks that a worker may begin: those that wait, and those whose session is gone.
CREATE VIEW ops.free_task AS
SELECT
    task.id,
    task.kind
FROM job.task AS task
WHERE
    task.state = 'pending'
    OR (task.state = 'running' AND NOT ops.is_backend(task.holder, task.holder_since));
