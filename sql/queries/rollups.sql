SELECT
    rollup.rollup,
    rollup.is_computed,
    rollup.width
FROM job.rollup AS rollup
ORDER BY rollup.place;
