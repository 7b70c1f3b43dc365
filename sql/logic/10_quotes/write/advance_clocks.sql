-- Bring the market clocks up to the newest quotes of the batch, and note what their source is, and
-- what it says of volume and OI.
CREATE FUNCTION ops.advance_clocks() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    UPDATE fo.instrument AS instrument
    SET
        clock = greatest(instrument.clock, newest.quote_time),
        source_kind = market.source_kind,
        volume_kind = market.volume_kind,
        oi_kind = market.oi_kind
    FROM (
        SELECT chain.symbol, max(chain.quote_time) AS quote_time
        FROM pg_temp.batch_chain AS chain
        WHERE chain.reason IS NULL
        GROUP BY chain.symbol
    ) AS newest
    INNER JOIN pg_temp.batch_market AS market ON newest.symbol = market.symbol
    WHERE
        instrument.symbol = newest.symbol
        AND (
            instrument.clock IS NULL
            OR instrument.clock < newest.quote_time
            OR instrument.source_kind IS NULL
        );
END;
$$;
