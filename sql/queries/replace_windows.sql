-- The days that each new rollup has to get, finer rollups first, in windows of whole buckets.
--
-- is_copied: the raw quotes of the day may be gone.
SELECT
    rollup.rollup,
    rollup.replaces,
    rollup.place,
    instrument.symbol,
    quoted.day,
    fo.bucket_start(rollup.width, quoted.from_time) AS from_time,
    fo.bucket_start(rollup.width, quoted.to_time - interval '1 microsecond') + rollup.width
        AS to_time,
    rollup.width,
    rollup.source IN ('option_quote', 'underlying_quote')
    AND ops.is_sealed(
        instrument.symbol, quoted.from_time + (quoted.to_time - quoted.from_time) / 2
    ) AS is_copied
FROM job.rollup AS rollup
CROSS JOIN fo.instrument AS instrument
CROSS JOIN LATERAL ops.quoted_local_days(instrument.symbol, '-infinity', 'infinity') AS quoted
WHERE rollup.replaces IS NOT NULL
ORDER BY rollup.place, instrument.symbol, quoted.day;
