-- Whether a job is to be run now: a period is due, or one was cut short.
--
-- A period that begins later than one interval from now was planned by a clock that has been set
-- back since: it is due. p_now is for tests.
CREATE FUNCTION ops.run_is_due(p_job text, p_now timestamptz DEFAULT clock_timestamp())
RETURNS boolean
LANGUAGE sql VOLATILE AS $$
SELECT count(*) > 0
FROM job.job AS job
LEFT JOIN job.run AS run
    ON job.name = run.job AND job.period = run.period AND run.state = 'running'
WHERE
    job.name = p_job
    AND (
        job.is_asked
        OR (
            job.is_on
            AND (
                run.job IS NOT NULL
                OR p_now >= job.due_at
                OR job.due_at > p_now + job.every
            )
        )
    )
    AND (run.job IS NULL OR NOT ops.is_alive(run.pid, run.backend_start));
$$;
