-- The newest runs, of one job or of all, the newest first.
SELECT
    run.job,
    run.period,
    run.attempt,
    run.state,
    run.skipped,
    run.planned_at,
    run.started_at,
    run.duration,
    run.row_count,
    run.error,
    run.host
FROM job.run AS run
WHERE run.job = %(name)s OR %(name)s::text IS NULL
ORDER BY coalesce(run.started_at, run.planned_at) DESC, run.job
LIMIT %(count)s;
