SELECT rollup.rollup
FROM job.rollup AS rollup
ORDER BY rollup.place;
