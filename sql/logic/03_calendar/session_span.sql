-- The time in which quotes of a session may have been read: its local day, or more.
CREATE FUNCTION ops.session_span(
    p_exchange text, p_session date, OUT from_time timestamptz, OUT to_time timestamptz
)
LANGUAGE sql STABLE AS $$
SELECT
    least(p_session::timestamp AT TIME ZONE exchange.time_zone, min(session.opens_at)),
    greatest(
        (p_session + 1)::timestamp AT TIME ZONE exchange.time_zone,
        max(session.closes_at) + interval '15 minutes'
    )
FROM fo.exchange AS exchange
LEFT JOIN fo.session AS session
    ON exchange.exchange = session.exchange AND session.session = p_session
WHERE exchange.exchange = p_exchange
GROUP BY exchange.exchange;
$$;
