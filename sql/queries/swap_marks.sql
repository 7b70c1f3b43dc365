-- What waits for the new rollup waits for the one that has its place.
UPDATE job.stale_bucket AS stale SET rollup = rollup.replaces
FROM job.rollup AS rollup
WHERE stale.rollup = rollup.rollup AND rollup.replaces IS NOT NULL;
