-- Bring the market clocks up to the newest quotes of the batch.
CREATE FUNCTION ops.advance_clocks() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE fo.instrument AS instrument
    SET clock = newest.quote_time
    FROM (
        SELECT chain.symbol, max(chain.quote_time) AS quote_time
        FROM pg_temp.batch_chain AS chain
        WHERE chain.reason IS NULL
        GROUP BY chain.symbol
    ) AS newest
    WHERE instrument.symbol = newest.symbol
        AND (instrument.clock IS NULL OR instrument.clock < newest.quote_time);
END;
$$;
