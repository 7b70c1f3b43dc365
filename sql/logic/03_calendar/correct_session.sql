-- Set when an exchange is open on a date. It is the user's row, which no later load changes.
--
-- The arrays are parallel, local times; without an opening the exchange is closed.
CREATE FUNCTION ops.correct_session(
    p_exchange text, p_session date, p_opens time[], p_closes time[]
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM ops.check_known_exchange(p_exchange);
    DELETE FROM fo.session AS session
    WHERE session.exchange = p_exchange AND session.session = p_session;
    INSERT INTO fo.session (exchange, session, opens_at, closes_at)
    SELECT
        p_exchange, p_session,
        (p_session + opening.opens_at) AT TIME ZONE exchange.time_zone,
        (p_session + opening.closes_at) AT TIME ZONE exchange.time_zone
    FROM fo.exchange AS exchange
    CROSS JOIN unnest(p_opens, p_closes) AS opening (opens_at, closes_at)
    WHERE exchange.exchange = p_exchange;
    IF NOT FOUND THEN
        INSERT INTO fo.session (exchange, session, kind)
        VALUES (p_exchange, p_session, 'closed');
    END IF;
END;
$$;
