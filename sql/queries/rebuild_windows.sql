-- The windows of whole buckets in which the bars of a symbol's days lie, the finer rollups first.
SELECT
    rollup.rollup,
    rollup.is_computed,
    quoted.day,
    fo.bucket_start(rollup.width, span.from_time) AS from_time,
    fo.bucket_start(rollup.width, span.to_time - interval '1 microsecond') + rollup.width
        AS to_time
FROM job.rollup AS rollup
CROSS JOIN fo.instrument AS instrument
INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
CROSS JOIN
    LATERAL (
        SELECT DISTINCT (moment.quote_time AT TIME ZONE exchange.time_zone)::date AS day
        FROM fo.underlying_quote AS moment
        WHERE
            moment.symbol = instrument.symbol
            AND moment.quote_time >= %(from)s
            AND moment.quote_time < %(to)s
    ) AS quoted
CROSS JOIN LATERAL ops.session_span(instrument.exchange, quoted.day) AS span
WHERE
    instrument.symbol = %(symbol)s
    AND (%(rollup)s::text IS NULL OR rollup.rollup = %(rollup)s::text)
ORDER BY rollup.place, quoted.day;
