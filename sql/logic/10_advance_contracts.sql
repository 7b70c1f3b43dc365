-- Bring fo.contract and the market clocks up to what the batch brought.
CREATE FUNCTION ops.advance_contracts() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO fo.contract AS contract (
        symbol, expiry, strike, quote_time, live_time, session,
        call_volume, put_volume, call_oi, put_oi
    )
    WITH live AS (
        SELECT final.symbol, final.expiry, final.strike, max(final.quote_time) AS quote_time
        FROM pg_temp.batch_final AS final
        WHERE final.in_session
        GROUP BY final.symbol, final.expiry, final.strike
    )
    SELECT DISTINCT ON (growth.symbol, growth.expiry, growth.strike)
        growth.symbol, growth.expiry, growth.strike, growth.quote_time, live.quote_time,
        growth.session, growth.call_volume_reached, growth.put_volume_reached,
        growth.call_oi_known, growth.put_oi_known
    FROM pg_temp.batch_growth AS growth
    LEFT JOIN live USING (symbol, expiry, strike)
    ORDER BY growth.symbol, growth.expiry, growth.strike, growth.quote_time DESC
    ON CONFLICT (symbol, expiry, strike) DO UPDATE
    SET
        quote_time = excluded.quote_time,
        live_time = greatest(contract.live_time, excluded.live_time),
        session = excluded.session,
        call_volume = excluded.call_volume,
        put_volume = excluded.put_volume,
        call_oi = excluded.call_oi,
        put_oi = excluded.put_oi
    WHERE excluded.quote_time >= contract.quote_time;

    -- Quotes older than the newest move only the newest of a session, and only after an hour
    -- when the exchange was closed.
    UPDATE fo.contract AS contract
    SET live_time = final.quote_time
    FROM pg_temp.batch_final AS final
    WHERE final.in_session
        AND contract.symbol = final.symbol
        AND contract.expiry = final.expiry
        AND contract.strike = final.strike
        AND contract.quote_time > final.quote_time
        AND NOT EXISTS (
            SELECT FROM pg_temp.batch_final AS newer
            WHERE newer.in_session
                AND newer.symbol = final.symbol
                AND newer.expiry = final.expiry
                AND newer.strike = final.strike
                AND newer.quote_time > final.quote_time
        )
        AND (contract.live_time IS NULL OR contract.live_time < final.quote_time);

    UPDATE fo.instrument AS instrument
    SET clock = newest.quote_time
    FROM (
        SELECT final.symbol, max(final.quote_time) AS quote_time
        FROM pg_temp.batch_final AS final
        GROUP BY final.symbol
    ) AS newest
    WHERE instrument.symbol = newest.symbol
        AND (instrument.clock IS NULL OR instrument.clock < newest.quote_time);
END;
$$;
