-- When the session of an instant's daily bucket began, by the exchange of a symbol.
--
-- The bucket's start where the calendar has no opening in it.
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
        v_bucket
    );
END;
$$;
