-- The start of the daily bucket of a session, by its date and the exchange of a symbol.
CREATE FUNCTION ops.session_bucket(p_symbol text, p_session date) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
SELECT
    fo.bucket_start(
        '1 day',
        coalesce(
            (
                SELECT min(session.opens_at)
                FROM fo.session AS session
                WHERE
                    session.exchange = exchange.exchange AND session.session = p_session
            ),
            (
                SELECT regular.opens_at
                FROM ops.regular_hours(exchange.exchange, p_session) AS regular
            )
        )
    )
FROM ops.known_exchange(p_symbol) AS exchange;
$$;
