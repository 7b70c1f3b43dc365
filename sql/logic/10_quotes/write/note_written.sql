-- List the new quotes of the batch in pg_temp.batch_written.
CREATE FUNCTION ops.note_written() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_written (symbol, expiry, strike, quote_time, in_session)
    SELECT contract.symbol, contract.expiry, contract.strike, quote.quote_time, quote.in_session
    FROM pg_temp.batch_quote AS quote
    INNER JOIN pg_temp.batch_contract AS contract ON quote.contract = contract.contract
    WHERE quote.arrival = 'new';
END;
$$;
