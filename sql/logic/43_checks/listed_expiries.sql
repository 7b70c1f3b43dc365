-- Those of some expiries of a symbol that have a contract which is not delisted, in order.
--
-- NULL where none has. As a rule the first contract of an expiry is listed.
CREATE FUNCTION ops.listed_expiries(p_symbol text, p_expiries date[]) RETURNS date[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_since timestamptz := (
        SELECT instrument.listed_since
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol
    );
BEGIN
    RETURN (
        SELECT array_agg(known.expiry ORDER BY known.expiry)
        FROM unnest(p_expiries) AS known (expiry)
        -- One look for each, and no join of all contracts.
        WHERE (
            SELECT TRUE
            FROM fo.contract AS contract
            WHERE contract.symbol = p_symbol
                AND contract.expiry = known.expiry
                AND contract.delisted_at IS NULL
                AND coalesce(contract.live_time >= v_since, TRUE)
            LIMIT 1
        )
    );
END;
$$;
