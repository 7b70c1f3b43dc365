-- The live expiries of a symbol, by its market clock, in order; NULL where none is.
--
-- Without those of which every contract is delisted.
CREATE FUNCTION ops.known_expiries(p_symbol text) RETURNS date[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_exchange fo.exchange := ops.known_exchange(p_symbol);
    v_clock timestamp := (
        SELECT instrument.clock AT TIME ZONE v_exchange.time_zone
        FROM fo.instrument AS instrument
        WHERE instrument.symbol = p_symbol
    );
BEGIN
    RETURN ops.listed_expiries(
        p_symbol,
        ops.expiries_from(
            p_symbol, v_clock::date + (v_clock::time >= v_exchange.closes_at)::integer
        )
    );
END;
$$;
