-- Note up to when the data of each symbol of the batch is known to have moved.
--
-- That is the newest stamp of the exchange, which may repeat while pages are read; without stamps,
-- the newest quote of a session in which a volume or OI changed. To be called after the clocks.
CREATE FUNCTION ops.note_moves() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    WITH stamped AS MATERIALIZED (
        SELECT batch.symbol AS symbol_no, max(batch.exchange_time) AS at
        FROM pg_temp.quote_batch AS batch
        GROUP BY batch.symbol
    ),

    grown AS (
        SELECT contract.symbol_no, max(quote.quote_time) AS at
        FROM pg_temp.batch_quote AS quote
        INNER JOIN pg_temp.batch_contract AS contract ON quote.contract = contract.contract
        INNER JOIN stamped ON contract.symbol_no = stamped.symbol_no
        WHERE
            stamped.at = '-infinity'
            AND quote.in_session
            AND (
                quote.call_volume_growth <> 0 OR quote.put_volume_growth <> 0
                OR quote.call_oi_growth <> 0 OR quote.put_oi_growth <> 0
            )
        GROUP BY contract.symbol_no
    )

    UPDATE fo.instrument AS instrument
    SET moved_at = least(moved.at, instrument.clock) -- stamps may lead
    FROM (
        SELECT
            market.symbol,
            CASE WHEN stamped.at > '-infinity' THEN stamped.at ELSE grown.at END AS at
        FROM stamped
        INNER JOIN pg_temp.batch_market AS market ON stamped.symbol_no = market.symbol_no
        LEFT JOIN grown ON stamped.symbol_no = grown.symbol_no
    ) AS moved
    WHERE
        instrument.symbol = moved.symbol
        AND moved.at IS NOT NULL
        AND coalesce(instrument.moved_at < least(moved.at, instrument.clock), TRUE);
END;
$$;
