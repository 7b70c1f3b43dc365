-- Make a new rollup known: from now on what changes its source is noted for it too.
INSERT INTO job.rollup (rollup, source, width, place, pause, replaces, is_ready)
SELECT
    %(new)s,
    %(source)s,
    rollup.width,
    rollup.place + 100,
    rollup.pause,
    rollup.rollup,
    FALSE
FROM job.rollup AS rollup
WHERE rollup.rollup = %(rollup)s;
