-- When the session of an instant's daily bucket began, by the exchange of a symbol.
--
-- By the regular hours where the calendar has no opening in it.
CREATE FUNCTION ops.session_start(p_symbol text, p_at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_bucket timestamptz := fo.bucket_start('1 day', p_at);
BEGIN
    RETURN coalesce(
        (
            SELECT min(session.opens_at)
            FROM fo.session AS session
            WHERE
                session.exchange = v_exchange.exchange
                AND session.opens_at >= v_bucket
                AND session.opens_at < v_bucket + interval '1 day'
        ),
        -- West of Greenwich the bucket begins on the evening before.
        (
            SELECT min(regular.opens_at)
            FROM generate_series(0, 1) AS later (days)
            CROSS JOIN
                LATERAL ops.regular_hours(
                    v_exchange.exchange,
                    (v_bucket AT TIME ZONE v_exchange.time_zone)::date + later.days
                ) AS regular
            WHERE regular.opens_at >= v_bucket
        )
    );
END;
$$;
