-- Raise the floor of a symbol's raw quotes to a session's start.
--
-- The caller has locked the symbol. A floor inside a session is refused, and one with a session
-- below it that is not sealed. It is never lowered.
CREATE FUNCTION ops.set_raw_floor(p_symbol text, p_floor timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_unsealed date;
BEGIN
    IF p_floor <> ops.session_from(ops.bucket_session(p_floor)) THEN
        RAISE EXCEPTION 'the floor % is inside the session of %',
            p_floor, ops.bucket_session(p_floor)
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'floor_inside_session',
                HINT = format(
                    'Give a session''s start: %s.', ops.session_from(ops.bucket_session(p_floor))
                );
    END IF;
    SELECT quoted.session INTO v_unsealed
    FROM fo.instrument AS instrument
    CROSS JOIN LATERAL ops.quoted_sessions(p_symbol, instrument.raw_floor) AS quoted
    WHERE
        instrument.symbol = p_symbol
        AND quoted.session < ops.bucket_session(p_floor)
        AND NOT EXISTS (
            SELECT FROM job.sealed_session AS sealed
            WHERE sealed.symbol = p_symbol AND sealed.session = quoted.session
        )
    ORDER BY quoted.session
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% of % is below that floor, and not sealed', v_unsealed, p_symbol
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'not_sealed',
                HINT = 'Use `pgstrike archive --older-than N --drop`.';
    END IF;
    UPDATE fo.instrument AS instrument
    SET raw_floor = p_floor
    WHERE
        instrument.symbol = p_symbol
        AND (instrument.raw_floor IS NULL OR instrument.raw_floor < p_floor);
END;
$$;
