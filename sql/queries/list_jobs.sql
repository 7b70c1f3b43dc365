-- The jobs, each with its newest run.
SELECT
    job.name,
    job.every,
    job.is_on,
    job.is_asked,
    job.due_at,
    job.error,
    run.started_at,
    run.duration,
    CASE
        WHEN run.state = 'running' AND NOT ops.is_alive(run.pid, run.backend_start)
            THEN 'cut short'
        ELSE run.state
    END AS state
FROM job.job AS job
LEFT JOIN job.run AS run ON job.name = run.job AND job.period = run.period
ORDER BY job.name;
