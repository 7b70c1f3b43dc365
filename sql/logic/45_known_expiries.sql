-- The expiries of a symbol that are alive by its market clock, in order; NULL where none is.
--
-- One step into the index per expiry, whatever the number of contracts.
CREATE FUNCTION ops.known_expiries(p_symbol text) RETURNS date[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_clock timestamp := (
        SELECT instrument.clock AT TIME ZONE v_exchange.time_zone
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol
    );
    v_expiry date := v_clock::date - (v_clock::time < v_exchange.closes_at)::integer;
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
