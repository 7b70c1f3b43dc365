-- Reject the quotes read after their contract expired that no stamp shows to be of before.
--
-- Only of chains read in the 15 minutes after expires_at: ops.list_chains rejects later ones.
CREATE FUNCTION ops.check_expiring() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    IF NOT EXISTS (
            SELECT FROM pg_temp.batch_chain AS chain
            WHERE chain.reason IS NULL AND chain.expires_at < chain.quote_time
        ) THEN
        RETURN;
    END IF;
    INSERT INTO pg_temp.batch_reject (row_no, reason)
    SELECT batch.row_no, 'expired'
    FROM pg_temp.quote_batch AS batch
    INNER JOIN pg_temp.batch_chain AS chain
        ON
            batch.symbol = chain.symbol_no
            AND batch.quote_time = chain.quote_time
            AND batch.expiry = chain.expiry
    WHERE
        chain.reason IS NULL
        AND chain.expires_at < chain.quote_time
        AND batch.exchange_time
        NOT BETWEEN coalesce(chain.opens_at, chain.expires_at - interval '1 day')
        AND chain.expires_at;
    -- A chain without a quote left moves no clock.
    UPDATE pg_temp.batch_chain AS chain
    SET reason = 'expired'
    WHERE
        chain.reason IS NULL
        AND chain.expires_at < chain.quote_time
        AND NOT EXISTS (
            SELECT FROM pg_temp.quote_batch AS batch
            WHERE
                batch.symbol = chain.symbol_no
                AND batch.quote_time = chain.quote_time
                AND batch.expiry = chain.expiry
                AND batch.row_no NOT IN (SELECT reject.row_no FROM pg_temp.batch_reject AS reject)
        );
END;
$$;
