-- When the job looks at an alert of some topics, for some symbols within a time, in order.
--
-- After each snapshot, as it is quoted, where the alert follows what a snapshot changes. At each
-- minute of a session that has no snapshot, where it follows a silent feed (topic ops). Else, as
-- figures by the minute come, at each minute of the sessions.
WITH wanted AS (
    SELECT
        instrument.symbol,
        instrument.exchange,
        instrument.clock,
        %(topics)s::text[] && '{chain,snapshot,rollup}'::text[] AS by_snapshot,
        'ops' = ANY(%(topics)s::text[]) AS by_silence
    FROM fo.instrument AS instrument
    WHERE instrument.symbol = ANY(%(symbols)s)
),

minute AS (
    SELECT
        wanted.symbol,
        minute.at
    FROM wanted
    INNER JOIN fo.session AS session ON wanted.exchange = session.exchange
    CROSS JOIN
        LATERAL generate_series(
            session.opens_at, least(session.closes_at, wanted.clock), interval '1 minute'
        ) AS minute (at)
    WHERE
        session.closes_at >= %(from)s
        AND session.opens_at < %(to)s
        AND minute.at >= %(from)s
        AND minute.at < %(to)s
        AND (
            NOT wanted.by_snapshot
            OR (
                wanted.by_silence
                AND NOT EXISTS (
                    SELECT
                    FROM fo.underlying_quote AS quoted
                    WHERE
                        quoted.symbol = wanted.symbol
                        AND quoted.quote_time >= minute.at
                        AND quoted.quote_time < minute.at + interval '1 minute'
                )
            )
        )
)

SELECT
    quoted.quote_time AS at,
    quoted.symbol
FROM wanted
INNER JOIN fo.underlying_quote AS quoted ON wanted.symbol = quoted.symbol
WHERE
    wanted.by_snapshot
    AND quoted.quote_time >= %(from)s
    AND quoted.quote_time < %(to)s
UNION ALL
SELECT
    minute.at,
    minute.symbol
FROM minute
ORDER BY at, symbol;
