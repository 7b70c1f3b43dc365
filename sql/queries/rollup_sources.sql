SELECT
    rollup.rollup,
    rollup.source
FROM job.rollup AS rollup;
