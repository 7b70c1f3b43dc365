SELECT
    rollup.rollup,
    rollup.is_computed
FROM job.rollup AS rollup
ORDER BY rollup.place;
