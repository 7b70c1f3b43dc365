UPDATE job.rollup AS rollup
SET is_ready = TRUE
WHERE rollup.replaces IS NOT NULL;
