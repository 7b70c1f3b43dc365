-- The first of some rollups that has stale buckets; the finer ones come first.
SELECT rollup.rollup
FROM job.rollup AS rollup
WHERE
    rollup.rollup = ANY(%s)
    AND EXISTS (
        SELECT
        FROM job.stale_bucket AS stale
        WHERE stale.rollup = rollup.rollup
    )
ORDER BY rollup.place
LIMIT 1;
