-- List recalled quotes, those with a higher row_no than the one given, in pg_temp.batch_quote.
CREATE FUNCTION ops.list_stored(p_after integer) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    -- Their snapshots may have other chains than the batch's.
    PERFORM ops.list_chains(NULL, NULL);
    INSERT INTO pg_temp.batch_quote (
        row_no, chain, contract, session, in_run, quote_time, in_session, arrival, is_last,
        was_in_session, was_call_dropout, was_put_dropout, was_call_doubted, was_put_doubted,
        call_dropout, put_dropout, call_doubted, put_doubted, call_volume, put_volume,
        call_volume_growth, put_volume_growth, call_oi_growth, put_oi_growth
    )
    SELECT
        stored.row_no, chain.chain, contract.contract, chain.session, FALSE,
        chain.quote_time, stored.in_session, 'stored', FALSE,
        stored.in_session, stored.call_dropout, stored.put_dropout,
        stored.call_doubted, stored.put_doubted,
        stored.call_dropout, stored.put_dropout, stored.call_doubted, stored.put_doubted,
        stored.call_volume, stored.put_volume,
        stored.call_volume_growth, stored.put_volume_growth,
        stored.call_oi_growth, stored.put_oi_growth
    FROM pg_temp.batch_stored AS stored
    INNER JOIN pg_temp.quote_batch AS batch ON stored.row_no = batch.row_no
    INNER JOIN pg_temp.batch_chain AS chain
        ON
            batch.symbol = chain.symbol_no
            AND batch.quote_time = chain.quote_time
            AND batch.expiry = chain.expiry
    LEFT JOIN pg_temp.batch_contract AS contract
        ON
            batch.symbol = contract.symbol_no
            AND batch.expiry = contract.expiry
            AND batch.strike = contract.strike
    WHERE stored.row_no > p_after;
END;
$$;
