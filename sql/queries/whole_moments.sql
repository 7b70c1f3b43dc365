-- The snapshots of a time that had every contract of a symbol: its name for each, and the time in
-- microseconds since 2000.
SELECT
    coalesce(array_agg(moment.symbol), '{}') AS symbols,
    coalesce(
        array_agg(
            (extract(EPOCH FROM moment.quote_time - timestamptz '2000-01-01T00:00:00Z') * 1000000)
            ::bigint
        ),
        '{}'
    ) AS times
FROM fo.underlying_quote AS moment
WHERE
    moment.symbol = %(symbol)s
    AND moment.quote_time >= %(from)s
    AND moment.quote_time < %(to)s
    AND moment.is_whole;
