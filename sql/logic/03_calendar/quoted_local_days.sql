-- The local days of its exchange on which a symbol was quoted in a time, and the span of each.
CREATE FUNCTION ops.quoted_local_days(
    p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS TABLE (day date, from_time timestamptz, to_time timestamptz)
LANGUAGE sql STABLE AS $$
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
            AND moment.quote_time >= p_from
            AND moment.quote_time < p_to
    ) AS quoted
CROSS JOIN LATERAL ops.session_span(instrument.exchange, quoted.day) AS span
WHERE instrument.symbol = p_symbol
ORDER BY quoted.day;
$$;
