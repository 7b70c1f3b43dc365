-- Refuse expiries that no contract of the symbol has, or none alive. Returns TRUE.
--
-- NULL passes, and so does everything while the symbol has no quote at all.
CREATE FUNCTION ops.check_known_expiries(
    p_symbol text, p_expiries date[], p_alive boolean
) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_known date[];
    v_expiry date;
BEGIN
    IF p_expiries IS NULL OR NOT EXISTS (
        SELECT FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol AND instrument.clock IS NOT NULL
    ) THEN
        RETURN TRUE;
    END IF;
    v_known := ops.known_expiries(p_symbol);
    FOREACH v_expiry IN ARRAY p_expiries LOOP
        IF v_expiry = ANY(v_known) OR (
            NOT p_alive AND EXISTS (
                SELECT FROM fo.contract AS contract
                WHERE contract.symbol = p_symbol AND contract.expiry = v_expiry
            )
        ) THEN
            CONTINUE;
        END IF;
        PERFORM ops.check_known('expiry', v_expiry::text, v_known::text[]);
    END LOOP;
    RETURN TRUE;
END;
$$;
