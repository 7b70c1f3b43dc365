-- Set a symbol's clock back, and delete newer quotes; jobs/ingest/waiting.py has saved them before.
--
-- Contracts get the state that the remaining quotes give them. Readers of live chains are told: a
-- contract without a quote is removed, all others are announced again. The tables of a batch must
-- be there.
CREATE FUNCTION ops.put_back(p_symbol text, p_clock timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_expiries date[];
    v_strikes double precision[];
BEGIN
    SELECT array_agg(contract.expiry), array_agg(contract.strike)
    INTO v_expiries, v_strikes
    FROM fo.contract AS contract
    WHERE contract.symbol = p_symbol AND contract.live_time > p_clock;
    PERFORM ops.forget_quotes(p_symbol, p_clock + interval '1 microsecond', 'infinity');
    UPDATE fo.instrument AS instrument
    SET clock = p_clock, has_company = TRUE
    WHERE instrument.symbol = p_symbol;
    UPDATE fo.instrument AS instrument
    SET listed_since = ops.listed_since(p_symbol, p_clock)
    WHERE instrument.symbol = p_symbol;
    SELECT array_agg(gone.expiry), array_agg(gone.strike)
    INTO v_expiries, v_strikes
    FROM unnest(v_expiries, v_strikes) AS gone (expiry, strike)
    LEFT JOIN fo.contract AS contract
        ON
            contract.symbol = p_symbol
            AND gone.expiry = contract.expiry
            AND gone.strike = contract.strike
    WHERE contract.live_time IS NULL;
    PERFORM ops.announce_delisted(p_symbol, v_expiries, v_strikes);
    PERFORM ops.announce_chains(p_symbol);
END;
$$;
