-- How long the session of an instant's daily bucket is open, by the exchange of a symbol.
--
-- The regular hours where the calendar has no opening in it.
CREATE FUNCTION ops.session_hours(p_symbol text, p_at timestamptz) RETURNS interval
LANGUAGE sql STABLE AS $$
SELECT
    coalesce(
        sum(session.closes_at - session.opens_at),
        (
            SELECT regular.closes_at - regular.opens_at
            FROM ops.regular_hours(
                exchange.exchange, (p_at AT TIME ZONE exchange.time_zone)::date
            ) AS regular
        )
    )
FROM ops.known_exchange(p_symbol) AS exchange
LEFT JOIN fo.session AS session
    ON
        exchange.exchange = session.exchange
        AND session.opens_at >= fo.bucket_start('1 day', p_at)
        AND session.opens_at < fo.bucket_start('1 day', p_at) + interval '1 day'
GROUP BY exchange.exchange, exchange.time_zone;
$$;
