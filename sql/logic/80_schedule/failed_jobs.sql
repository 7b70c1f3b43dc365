-- The jobs whose last run failed, each with its error, and whether one met a full disk.
CREATE FUNCTION ops.failed_jobs(OUT failures text[], OUT is_disk_full boolean)
LANGUAGE sql STABLE AS $$
SELECT
    coalesce(array_agg(job.name || ': ' || job.error ORDER BY job.name), '{}'),
    coalesce(bool_or(job.code = 'disk_full'), FALSE)
FROM job.job AS job
WHERE job.error IS NOT NULL AND job.is_on;
$$;
