-- The expiries of a symbol from a day on, in order; NULL where there is none.
--
-- One step into the index per expiry, whatever the number of contracts.
CREATE FUNCTION ops.expiries_from(p_symbol text, p_day date) RETURNS date[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_expiry date := p_day - 1;
    v_expiries date[];
BEGIN
    LOOP
        v_expiry := (
            SELECT min(contract.expiry)
            FROM fo.contract AS contract
            WHERE contract.symbol = p_symbol AND contract.expiry > v_expiry
        );
        IF v_expiry IS NULL THEN
            RETURN v_expiries;
        END IF;
        v_expiries := v_expiries || v_expiry;
    END LOOP;
END;
$$;
