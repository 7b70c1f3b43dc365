-- The rollups that are being built beside others, coarser ones first.
SELECT
    rollup.rollup,
    rollup.replaces,
    rollup.is_ready
FROM job.rollup AS rollup
WHERE rollup.replaces IS NOT NULL
ORDER BY rollup.place DESC;
