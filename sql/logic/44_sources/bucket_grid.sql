-- The buckets of a width in which the exchange of a symbol was open, up to the market clock.
--
-- Those that begin at p_from or later and before p_to, in order, by the calendar alone.
CREATE FUNCTION ops.bucket_grid(
    p_symbol text, p_width interval, p_from timestamptz, p_to timestamptz
) RETURNS TABLE (bucket_time timestamptz)
LANGUAGE sql STABLE AS $$
SELECT DISTINCT bucket.bucket_time
FROM fo.instrument AS instrument
INNER JOIN fo.session AS session ON instrument.exchange = session.exchange
CROSS JOIN
    LATERAL generate_series(
        fo.bucket_start(p_width, greatest(session.opens_at, p_from)),
        least(session.closes_at - interval '1 microsecond', instrument.clock),
        p_width
    ) AS bucket (bucket_time)
WHERE
    instrument.symbol = p_symbol
    AND session.opens_at < p_to
    AND session.opens_at <= instrument.clock
    AND session.closes_at > p_from
    AND bucket.bucket_time >= p_from
    AND bucket.bucket_time < p_to
ORDER BY bucket.bucket_time;
$$;
