-- Refuse expiries that no contract of the symbol has, or that are not live. Returns TRUE.
--
-- NULL passes, and so does everything while the symbol has no quote at all. The hint names the
-- nearest live expiries.
CREATE FUNCTION ops.check_known_expiries(
    p_symbol text, p_expiries date[], p_live boolean
) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_clock timestamptz := (
        SELECT instrument.clock FROM fo.instrument AS instrument WHERE instrument.symbol = p_symbol
    );
    v_unknown date;
BEGIN
    IF p_expiries IS NULL OR v_clock IS NULL THEN
        RETURN TRUE;
    END IF;
    SELECT sent.expiry INTO v_unknown
    FROM unnest(p_expiries) AS sent (expiry)
    WHERE
        NOT EXISTS (
            SELECT
            FROM fo.contract AS contract
            WHERE contract.symbol = p_symbol AND contract.expiry = sent.expiry
        )
        OR (
            p_live
            AND NOT EXISTS (
                SELECT FROM fo.expiry AS life
                WHERE
                    life.symbol = p_symbol
                    AND life.expiry = sent.expiry
                    AND life.expires_at > v_clock
            )
        )
    LIMIT 1;
    IF NOT FOUND THEN
        RETURN TRUE;
    END IF;
    RETURN ops.check_known(
        'expiry', v_unknown::text,
        ARRAY(
            SELECT known.expiry::text
            FROM unnest(ops.known_expiries(p_symbol)) AS known (expiry)
            ORDER BY
                -- Between infinite dates there is no distance.
                abs(known.expiry - greatest(least(v_unknown, '9999-12-31'), '0001-01-01')),
                known.expiry
            LIMIT 5
        )
    );
END;
$$;
