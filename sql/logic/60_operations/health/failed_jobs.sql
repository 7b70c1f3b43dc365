-- The scheduled jobs whose newest run failed, with the code of the cause and its text.
CREATE FUNCTION ops.failed_jobs(OUT job text, OUT code text, OUT error text) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
SELECT
    run.job,
    run.code,
    run.error
FROM job.last_run AS run
WHERE run.error IS NOT NULL
ORDER BY run.job;
$$;
