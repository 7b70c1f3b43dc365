-- The live expiries of a symbol, by its market clock, in order; NULL where none is.
--
-- Without those of which every contract is delisted. Without a join, as all that a request asks.
CREATE FUNCTION ops.known_expiries(p_symbol text) RETURNS date[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_clock timestamptz := (
        SELECT instrument.clock FROM fo.instrument AS instrument WHERE instrument.symbol = p_symbol
    );
BEGIN
    RETURN ops.listed_expiries(
        p_symbol,
        ARRAY(
            SELECT life.expiry
            FROM fo.expiry AS life
            WHERE life.symbol = p_symbol
                AND life.expires_at > v_clock
                -- In no time zone earlier: expired ones are not even looked at.
                AND life.expiry >= (v_clock AT TIME ZONE 'UTC')::date - 1
        )
    );
END;
$$;
