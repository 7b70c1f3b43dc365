-- Refuse what needs the growth of a symbol's volume ('volume') or of its OI ('oi') within a
-- session, where its feed's figures cannot have one (fo.instrument.volume_kind, oi_kind).
--
-- Returns TRUE. Unknown symbols are refused as well.
CREATE FUNCTION ops.check_growth(p_symbol text, p_figure text) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_instrument fo.instrument;
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, NULL, FALSE);
    SELECT instrument.* INTO v_instrument
    FROM fo.instrument AS instrument
    WHERE instrument.symbol = p_symbol;
    IF p_figure = 'volume' AND v_instrument.volume_kind = 'other' THEN
        RAISE EXCEPTION 'the volume of % is no session total, so its growth is unknown', p_symbol
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'no_volume_growth',
                HINT = 'Ask for the volume itself: chain, pcr, volume_profile.';
    ELSIF p_figure = 'oi' AND v_instrument.oi_kind = 'yesterday' THEN
        RAISE EXCEPTION 'the OI of % is that of yesterday, so its growth today is unknown',
            p_symbol
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'no_oi_growth',
                HINT = 'Ask for the OI itself, or for oi_change since the session before.';
    END IF;
    RETURN TRUE;
END;
$$;
