-- The windows of whole buckets in which the bars of a symbol's days lie, the finer rollups first.
SELECT
    rollup.rollup,
    rollup.is_computed,
    quoted.day,
    fo.bucket_start(rollup.width, quoted.from_time) AS from_time,
    fo.bucket_start(rollup.width, quoted.to_time - interval '1 microsecond') + rollup.width
        AS to_time
FROM job.rollup AS rollup
CROSS JOIN ops.quoted_local_days(%(symbol)s, %(from)s, %(to)s) AS quoted
WHERE %(rollup)s::text IS NULL OR rollup.rollup = %(rollup)s::text
ORDER BY rollup.place, quoted.day;
