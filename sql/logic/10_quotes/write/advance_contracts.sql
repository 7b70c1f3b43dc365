-- Bring fo.contract up to what the batch brought.
--
-- A stored quote that ends a run brings nothing new (see ops.find_runs). A delisted contract that
-- is quoted again is listed again.
CREATE FUNCTION ops.advance_contracts() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO fo.contract AS contract (
        symbol, expiry, strike, quote_time, live_time, session,
        call_volume, put_volume, call_oi, put_oi
    )
    SELECT DISTINCT ON (quote.contract)
        listed.symbol, listed.expiry, listed.strike, quote.quote_time,
        max(quote.live_time) OVER (PARTITION BY quote.contract), quote.session,
        quote.call_volume_reached, quote.put_volume_reached,
        quote.call_oi_known, quote.put_oi_known
    FROM pg_temp.batch_quote AS quote
    INNER JOIN pg_temp.batch_contract AS listed ON quote.contract = listed.contract
    WHERE quote.is_last AND (quote.arrival <> 'regrown' OR NOT quote.in_run)
    ORDER BY quote.contract ASC, quote.quote_time DESC
    ON CONFLICT (symbol, expiry, strike) DO UPDATE
        SET
            quote_time = excluded.quote_time,
            live_time = greatest(contract.live_time, excluded.live_time),
            session = excluded.session,
            delisted_at = CASE
                WHEN excluded.live_time IS NULL OR excluded.live_time <= contract.delisted_at
                    THEN contract.delisted_at
            END,
            call_volume = excluded.call_volume,
            put_volume = excluded.put_volume,
            call_oi = excluded.call_oi,
            put_oi = excluded.put_oi
        WHERE excluded.quote_time >= contract.quote_time;
END;
$$;
