-- The dates of an exchange's year, each with its hours there.
SELECT
    session.session,
    session.kind,
    session.source,
    coalesce(
        string_agg(
            to_char(session.opens_at AT TIME ZONE exchange.time_zone, 'HH24:MI')
            || '-' || to_char(session.closes_at AT TIME ZONE exchange.time_zone, 'HH24:MI'),
            ',' ORDER BY session.opens_at
        ),
        'closed'
    ) AS hours
FROM fo.session AS session
INNER JOIN fo.exchange AS exchange ON session.exchange = exchange.exchange
WHERE
    session.exchange = %(exchange)s
    AND extract(YEAR FROM session.session) = %(year)s
GROUP BY session.session, session.kind, session.source
ORDER BY session.session;
