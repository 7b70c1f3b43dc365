-- When the contracts of an expiry expire by the calendar, where nothing else is given.
--
-- At the last close of that date, or at the regular close of a date without a session.
CREATE FUNCTION ops.expires_at(p_exchange text, p_expiry date) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT
    least(
        coalesce(
            (
                SELECT max(session.closes_at)
                FROM fo.session AS session
                WHERE session.exchange = p_exchange AND session.session = p_expiry
            ),
            regular.closes_at
        ),
        (p_expiry + exchange.expiry_time) AT TIME ZONE exchange.time_zone
    )
FROM fo.exchange AS exchange
CROSS JOIN LATERAL ops.regular_hours(exchange.exchange, p_expiry) AS regular
WHERE exchange.exchange = p_exchange;
$$;
