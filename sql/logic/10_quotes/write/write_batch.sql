-- Add the new rows of the batch to fo.option_quote.
CREATE FUNCTION ops.write_batch() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO fo.option_quote (/*columns option_quote*/)
    SELECT /*columns option_quote of final*/
    FROM pg_temp.batch_final AS final
    WHERE final.arrival = 'new';
    INSERT INTO pg_temp.batch_written (symbol, expiry, strike, quote_time, in_session)
    SELECT contract.symbol, contract.expiry, contract.strike, quote.quote_time, quote.in_session
    FROM pg_temp.batch_quote AS quote
    INNER JOIN pg_temp.batch_contract AS contract ON quote.contract = contract.contract
    WHERE quote.arrival = 'new';
END;
$$;
