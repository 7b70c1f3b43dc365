-- Drop the oldest runs. Returns how many.
--
-- Of each job the newest p_done runs are kept whatever became of them, and the newest p_other that
-- failed or were skipped. By number, not by time: so the history has a bound.
CREATE FUNCTION ops.prune_runs(p_done integer DEFAULT 1000, p_other integer DEFAULT 5000)
RETURNS bigint
LANGUAGE sql VOLATILE AS $$
WITH bound AS (
    SELECT
        job.name,
        (
            SELECT newest.period FROM job.run AS newest
            WHERE newest.job = job.name
            ORDER BY newest.period DESC
            LIMIT 1 OFFSET p_done
        ) AS done,
        (
            SELECT newest.period FROM job.run AS newest
            WHERE newest.job = job.name AND newest.state IN ('failed', 'skipped')
            ORDER BY newest.period DESC
            LIMIT 1 OFFSET p_other
        ) AS other
    FROM job.job AS job
),

pruned AS (
    DELETE FROM job.run AS run
    USING bound
    WHERE
        run.job = bound.name
        AND run.state <> 'running'
        AND run.period <= bound.done
        AND (run.state = 'done' OR run.period <= bound.other)
    RETURNING run.job
)

SELECT count(*)
FROM pruned;
$$;
