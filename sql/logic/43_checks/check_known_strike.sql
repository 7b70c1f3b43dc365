-- Refuse a strike that an expiry does not have, and name the nearest ones. Returns TRUE.
--
-- Unknown symbols and expiries are refused as well, and so is NULL.
CREATE FUNCTION ops.check_known_strike(
    p_symbol text, p_expiry date, p_strike double precision
) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, p_expiry, FALSE);
    IF EXISTS (
        SELECT FROM fo.contract AS contract
        WHERE contract.symbol = p_symbol
            AND contract.expiry = p_expiry
            AND contract.strike = p_strike
    ) THEN
        RETURN TRUE;
    END IF;
    RETURN ops.check_known(
        'strike', p_strike::text,
        ARRAY(
            SELECT contract.strike::text
            FROM fo.contract AS contract
            WHERE contract.symbol = p_symbol AND contract.expiry = p_expiry
            ORDER BY abs(contract.strike - p_strike), contract.strike
            LIMIT 5
        )
    );
END;
$$;
