-- Make a new rollup known: from now on what changes its source is noted for it too.
INSERT INTO job.rollup (rollup, source, width, place, pause, replaces, is_ready)
SELECT
    %(new)s AS new_rollup,
    %(source)s AS source,
    rollup.width,
    rollup.place + 100 AS place,
    rollup.pause,
    rollup.rollup,
    FALSE AS is_ready
FROM job.rollup AS rollup
WHERE rollup.rollup = %(rollup)s;
