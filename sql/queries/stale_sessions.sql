-- The sessions that are to be judged again, and the time in which their quotes were read.
--
-- Without sealed sessions, and without the hours of a neighbour that is sealed.
SELECT
    stale.symbol,
    stale.session,
    CASE
        WHEN ops.is_sealed(stale.symbol, span.from_time)
            THEN greatest(span.from_time, ops.session_from(stale.session))
        ELSE span.from_time
    END AS from_time,
    CASE
        WHEN ops.is_sealed(stale.symbol, span.to_time)
            THEN least(span.to_time, ops.session_from(stale.session + 1))
        ELSE span.to_time
    END AS to_time
FROM job.stale_session AS stale
INNER JOIN fo.instrument AS instrument ON stale.symbol = instrument.symbol
CROSS JOIN LATERAL ops.session_span(instrument.exchange, stale.session) AS span
WHERE NOT ops.is_sealed(stale.symbol, ops.session_from(stale.session))
ORDER BY stale.session, stale.symbol;
