-- Convert the compressed chunks that the batch writes to back to rows.
--
-- The job compresses a chunk only when the newest market clock is past its end, so quotes that are
-- ahead of their own clock and of the newest day cost nothing here. Late ones are looked at in any
-- case: somebody may have compressed the newest chunk by hand.
CREATE FUNCTION ops.open_late_chunks() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    /*timescaledb
    PERFORM ops.open_chunks(late.symbol, late.day, late.day + interval '1 day')
    FROM (
        SELECT DISTINCT
            chain.symbol, date_trunc('day', chain.quote_time, 'UTC') AS day
        FROM pg_temp.batch_chain AS chain
        WHERE
            chain.reason IS NULL
            AND (
                chain.is_behind
                OR chain.quote_time < (
                    SELECT date_trunc('day', max(instrument.clock), 'UTC')
                    FROM fo.instrument AS instrument
                )
            )
        ORDER BY day, chain.symbol
    ) AS late;
    */
END;
$$;
