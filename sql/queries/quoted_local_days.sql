-- The local days of a time on which a symbol was quoted, and the time in which each was read.
SELECT
    quoted.day,
    span.from_time,
    span.to_time
FROM fo.instrument AS instrument
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
WHERE instrument.symbol = %(symbol)s
ORDER BY quoted.day;
