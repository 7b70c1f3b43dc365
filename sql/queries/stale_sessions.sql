-- The sessions that are to be judged again, and the time in which their quotes were read.
SELECT
    stale.symbol,
    stale.session,
    span.from_time,
    span.to_time
FROM job.stale_session AS stale
INNER JOIN fo.instrument AS instrument ON stale.symbol = instrument.symbol
CROSS JOIN LATERAL ops.session_span(instrument.exchange, stale.session) AS span
ORDER BY stale.session, stale.symbol;
