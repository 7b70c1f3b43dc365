-- Bring fo.contract up to what the batch brought.
--
-- A stored quote that ends a run brings nothing new (see ops.find_runs). The newest quote of all
-- may lie outside the session; what the session has reached is that of its last quote within. A
-- delisted contract that is quoted again is listed again.
CREATE FUNCTION ops.advance_contracts() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO fo.contract AS contract (
        symbol, expiry, strike, quote_time, live_time, session, first_session,
        call_volume, put_volume, call_oi, put_oi, call_falls, put_falls
    )
    WITH ending AS (
        SELECT quote.*
        FROM pg_temp.batch_quote AS quote
        WHERE quote.is_last AND (quote.arrival <> 'regrown' OR NOT quote.in_run)
    )

    SELECT DISTINCT ON (ending.contract)
        listed.symbol, listed.expiry, listed.strike,
        max(ending.quote_time) OVER of_contract, max(ending.live_time) OVER of_contract,
        ending.session, min(ending.session) OVER of_contract,
        ending.call_volume_reached, ending.put_volume_reached,
        ending.call_oi_known, ending.put_oi_known, ending.call_falls, ending.put_falls
    FROM ending
    INNER JOIN pg_temp.batch_contract AS listed ON ending.contract = listed.contract
    WINDOW of_contract AS (PARTITION BY ending.contract)
    ORDER BY
        ending.contract ASC, ending.session DESC,
        ending.live_time DESC NULLS LAST, ending.quote_time DESC
    ON CONFLICT (symbol, expiry, strike) DO UPDATE
        SET
            quote_time = greatest(contract.quote_time, excluded.quote_time),
            live_time = greatest(contract.live_time, excluded.live_time),
            session = excluded.session,
            first_session = least(contract.first_session, excluded.first_session),
            delisted_at = CASE
                WHEN excluded.live_time IS NULL OR excluded.live_time <= contract.delisted_at
                    THEN contract.delisted_at
            END,
            call_volume = excluded.call_volume,
            put_volume = excluded.put_volume,
            call_oi = excluded.call_oi,
            put_oi = excluded.put_oi,
            call_falls = excluded.call_falls,
            put_falls = excluded.put_falls
        WHERE excluded.session > contract.session OR (
            excluded.session = contract.session
            AND excluded.live_time >= coalesce(contract.live_time, excluded.live_time)
        ) OR (
            excluded.session = contract.session AND excluded.quote_time > contract.quote_time
        );
END;
$$;
