-- Bring live_time and first_session of fo.contract up to what late quotes brought.
--
-- They are older than the newest quote of all, and yet the newest of a session, only where the
-- newest of all came when the exchange was closed.
CREATE FUNCTION ops.advance_live_times() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE fo.contract AS contract
    SET
        live_time = greatest(contract.live_time, late.live_time),
        first_session = least(contract.first_session, late.first_session),
        delisted_at = CASE
            WHEN late.live_time > greatest(contract.live_time, contract.delisted_at) THEN NULL
            ELSE contract.delisted_at
        END
    FROM (
        SELECT
            listed.symbol, listed.expiry, listed.strike, max(quote.live_time) AS live_time,
            min(quote.session) AS first_session
        FROM pg_temp.batch_quote AS quote
        INNER JOIN pg_temp.batch_contract AS listed ON quote.contract = listed.contract
        WHERE quote.is_last
        GROUP BY listed.symbol, listed.expiry, listed.strike
    ) AS late
    WHERE
        contract.symbol = late.symbol
        AND contract.expiry = late.expiry
        AND contract.strike = late.strike
        AND (
            contract.live_time IS NULL
            OR contract.live_time < late.live_time
            OR contract.first_session > late.first_session
        );
END;
$$;
