-- The minutes of the sessions of some symbols within a time, up to each one's clock, in order.
SELECT
    minute.at,
    instrument.symbol
FROM fo.instrument AS instrument
INNER JOIN fo.session AS session ON instrument.exchange = session.exchange
CROSS JOIN
    LATERAL generate_series(
        session.opens_at, least(session.closes_at, instrument.clock), interval '1 minute'
    ) AS minute (at)
WHERE
    instrument.symbol = ANY(%(symbols)s)
    AND session.closes_at >= %(from)s
    AND session.opens_at < %(to)s
    AND minute.at >= %(from)s
    AND minute.at < %(to)s
ORDER BY minute.at, instrument.symbol;
