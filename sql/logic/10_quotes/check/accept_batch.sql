-- Check the quotes of pg_temp.quote_batch, and pass the good ones on to pg_temp.batch_series.
--
-- Rows that cannot be right go to pg_temp.batch_reject with the reason. Of rows with one key the
-- last one counts. Unknown comes as the smallest bigint. The seeds are what the contract's
-- session had reached before. In session is what was read between open and close and is not
-- stamped with an earlier day, and what was read up to 15 minutes later and is stamped between.
CREATE FUNCTION ops.accept_batch() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    PERFORM ops.check_expiring();
    IF EXISTS (SELECT FROM pg_temp.batch_chain AS chain WHERE chain.reason IS NOT NULL) THEN
        INSERT INTO pg_temp.batch_reject (row_no, reason)
        SELECT batch.row_no, chain.reason
        FROM pg_temp.quote_batch AS batch
        INNER JOIN pg_temp.batch_chain AS chain
            ON
                batch.symbol = chain.symbol_no
                AND batch.quote_time = chain.quote_time
                AND batch.expiry = chain.expiry
        WHERE
            chain.reason IS NOT NULL
            AND batch.row_no NOT IN (SELECT reject.row_no FROM pg_temp.batch_reject AS reject);
    END IF;
    INSERT INTO pg_temp.batch_series (
        row_no, chain, contract, has_volume_growth, has_oi_growth,
        session, in_run, quote_time, in_session, arrival, is_late,
        was_in_session, was_call_dropout, was_put_dropout, was_call_doubted, was_put_doubted,
        call_volume, put_volume, call_oi, put_oi,
        seed_call_volume, seed_put_volume, seed_call_oi, seed_put_oi,
        seed_call_falls, seed_put_falls
    )
    SELECT DISTINCT ON (contract.contract, chain.quote_time)
        batch.row_no,
        chain.chain,
        contract.contract,
        contract.has_volume_growth,
        contract.has_oi_growth,
        chain.session,
        FALSE,
        chain.quote_time,
        coalesce(
            CASE
                WHEN chain.quote_time <= chain.closes_at AND batch.exchange_time = '-infinity'
                    THEN TRUE
                WHEN chain.quote_time <= chain.closes_at
                    THEN batch.exchange_time >= chain.earliest_stamp
                ELSE batch.exchange_time BETWEEN chain.opens_at AND chain.closes_at
            END,
            FALSE
        ),
        'new',
        coalesce(chain.quote_time <= contract.quote_time, FALSE),
        FALSE,
        FALSE,
        FALSE,
        FALSE,
        FALSE,
        nullif(batch.call_volume, -9223372036854775808),
        nullif(batch.put_volume, -9223372036854775808),
        nullif(batch.call_oi, -9223372036854775808),
        nullif(batch.put_oi, -9223372036854775808),
        CASE WHEN chain.session = contract.session THEN contract.call_volume END,
        CASE WHEN chain.session = contract.session THEN contract.put_volume END,
        CASE WHEN chain.session = contract.session THEN contract.call_oi END,
        CASE WHEN chain.session = contract.session THEN contract.put_oi END,
        CASE WHEN chain.session = contract.session THEN contract.call_falls END,
        CASE WHEN chain.session = contract.session THEN contract.put_falls END
    FROM pg_temp.quote_batch AS batch
    INNER JOIN pg_temp.batch_chain AS chain
        ON
            batch.symbol = chain.symbol_no
            AND batch.quote_time = chain.quote_time
            AND batch.expiry = chain.expiry
    INNER JOIN pg_temp.batch_contract AS contract
        ON
            batch.symbol = contract.symbol_no
            AND batch.expiry = contract.expiry
            AND batch.strike = contract.strike
    WHERE
        chain.reason IS NULL
        AND batch.row_no NOT IN (SELECT reject.row_no FROM pg_temp.batch_reject AS reject)
    ORDER BY contract.contract ASC, chain.quote_time ASC, batch.row_no DESC;
END;
$$;
