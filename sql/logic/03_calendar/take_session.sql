-- Take what a broker says of a date: its openings, none where the exchange is closed.
--
-- The arrays are parallel. False, and nothing changes, where that is known already or the user
-- says otherwise.
CREATE FUNCTION ops.take_session(
    p_exchange text,
    p_session date,
    p_source text,
    p_opens timestamptz[],
    p_closes timestamptz[]
) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF EXISTS (
        SELECT FROM fo.session AS session
        WHERE
            session.exchange = p_exchange
            AND session.session = p_session
            AND ops.session_rank(session.source) > ops.session_rank(p_source)
    ) OR ARRAY(
        SELECT (session.opens_at, session.closes_at)::text
        FROM fo.session AS session
        WHERE
            session.exchange = p_exchange
            AND session.session = p_session
            AND session.kind <> 'closed'
        ORDER BY session.opens_at
    ) = ARRAY(
        SELECT (opening.opens_at, opening.closes_at)::text
        FROM unnest(p_opens, p_closes) AS opening (opens_at, closes_at)
        ORDER BY opening.opens_at
    ) THEN
        RETURN FALSE;
    END IF;
    DELETE FROM fo.session AS session
    WHERE session.exchange = p_exchange AND session.session = p_session;
    INSERT INTO fo.session (exchange, session, opens_at, closes_at, source)
    SELECT p_exchange, p_session, opening.opens_at, opening.closes_at, p_source
    FROM unnest(p_opens, p_closes) AS opening (opens_at, closes_at);
    IF NOT FOUND THEN
        INSERT INTO fo.session (exchange, session, kind, source)
        VALUES (p_exchange, p_session, 'closed', p_source);
    END IF;
    RETURN TRUE;
END;
$$;
