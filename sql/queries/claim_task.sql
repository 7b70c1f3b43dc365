-- Claim a task for this session.
SELECT
    task.id,
    task.kind,
    task.arguments,
    task.asked_by,
    task.attempt,
    task.checkpoint
FROM ops.claim_task(%s) AS task;
