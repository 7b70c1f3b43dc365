-- Announce every live chain of a symbol as it stands. Returns the id of the newest event.
--
-- After what ops.forget_quotes did, contracts may stand where they stood before.
CREATE FUNCTION ops.announce_chains(p_symbol text) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_written (symbol, expiry, strike, quote_time, in_session)
    SELECT contract.symbol, contract.expiry, contract.strike, contract.live_time, TRUE
    FROM fo.contract AS contract
    WHERE
        contract.symbol = p_symbol
        AND contract.expiry = ANY(ops.known_expiries(p_symbol))
        AND contract.live_time IS NOT NULL;
    RETURN ops.announce_batch();
END;
$$;
