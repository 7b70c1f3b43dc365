-- Refuse an instant whose raw quotes are below the symbol's floor, and say what brings them back.
--
-- NULL passes. Restored sessions pass as well.
CREATE FUNCTION ops.check_above_floor(p_symbol text, p_at timestamptz) RETURNS void
LANGUAGE plpgsql STABLE SET timezone = 'UTC' AS $$
DECLARE
    v_floor timestamptz := (
        SELECT instrument.raw_floor
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol
    );
    v_session date;
BEGIN
    IF coalesce(ops.is_above_floor(p_symbol, p_at), TRUE) THEN
        RETURN;
    END IF;
    v_session := ops.bucket_session(p_at);
    RAISE EXCEPTION 'the quotes of % at % are below its floor, the session of %',
        p_symbol, to_char(p_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), ops.bucket_session(v_floor)
        USING ERRCODE = 'invalid_parameter_value',
            CONSTRAINT = 'below_floor',
            HINT = CASE
                WHEN EXISTS (
                    SELECT FROM job.archive AS archive
                    WHERE archive.symbol = p_symbol AND archive.session = v_session
                )
                    THEN format(
                        'Bring them back by `pgstrike restore %s %s`, or send a later time.',
                        p_symbol, v_session
                    )
                ELSE format(
                    'There is no archive of %s; send a later time, or ask for bars.', v_session
                )
            END;
END;
$$;
