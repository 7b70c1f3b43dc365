-- Bring fo.contract.live_time up to what late quotes brought.
--
-- They are older than the newest quote of all, and yet the newest of a session, only where the
-- newest of all came when the exchange was closed.
CREATE FUNCTION ops.advance_live_times() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE fo.contract AS contract
    SET
        live_time = newest.live_time,
        delisted_at = CASE
            WHEN newest.live_time <= contract.delisted_at THEN contract.delisted_at
        END
    FROM (
        SELECT
            listed.symbol, listed.expiry, listed.strike, max(quote.live_time) AS live_time
        FROM pg_temp.batch_quote AS quote
        INNER JOIN pg_temp.batch_contract AS listed ON quote.contract = listed.contract
        WHERE quote.is_last
        GROUP BY listed.symbol, listed.expiry, listed.strike
    ) AS newest
    WHERE
        contract.symbol = newest.symbol
        AND contract.expiry = newest.expiry
        AND contract.strike = newest.strike
        AND (contract.live_time IS NULL OR contract.live_time < newest.live_time);
END;
$$;
