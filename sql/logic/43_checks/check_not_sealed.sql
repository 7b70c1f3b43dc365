-- Refuse to delete quotes of a time in which a session of the symbol is sealed.
CREATE FUNCTION ops.check_not_sealed(
    p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_session date;
BEGIN
    SELECT sealed.session INTO v_session
    FROM job.sealed_session AS sealed
    WHERE
        sealed.symbol = p_symbol
        AND NOT sealed.is_open
        AND ops.session_from(sealed.session) < p_to
        AND ops.session_from(sealed.session + 1) > p_from
    ORDER BY sealed.session
    LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '% of % is sealed', v_session, p_symbol
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'below_floor',
                HINT = format('Run `pgstrike restore %s %s` first.', p_symbol, v_session);
    END IF;
END;
$$;
