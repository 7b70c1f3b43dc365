-- The chunks of fo.option_quote that are to be compressed: past ones that nobody writes to.
--
-- p_sessions sessions began at each exchange since the chunk's end, by the newest market clock of
-- the exchange; one that has not come as far as the chunk has nothing in it. A chunk with late
-- quotes waits until it was left alone for p_quiet. None on plain PostgreSQL.
CREATE FUNCTION ops.cold_chunks(
    p_sessions integer, p_quiet interval DEFAULT '2 minutes'
) RETURNS TABLE (chunk text)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    /*timescaledb
    RETURN QUERY
    WITH market AS MATERIALIZED (
        SELECT
            reached.clock,
            coalesce(
                (
                    SELECT min(session.opens_at)
                    FROM fo.session AS session
                    WHERE
                        session.exchange = reached.exchange
                        AND session.opens_at <= reached.clock
                    GROUP BY session.session
                    ORDER BY session.session DESC
                    OFFSET p_sessions - 1 LIMIT 1
                ),
                '-infinity'
            ) AS opens_at
        FROM (
            SELECT instrument.exchange, max(instrument.clock) AS clock
            FROM fo.instrument AS instrument
            GROUP BY instrument.exchange
        ) AS reached
    )

    SELECT format('%I.%I', quotes.chunk_schema, quotes.chunk_name)
    FROM timescaledb_information.chunks AS quotes
    WHERE
        quotes.hypertable_schema = 'fo'
        AND quotes.hypertable_name = 'option_quote'
        AND NOT quotes.is_compressed
        AND quotes.range_end <= (SELECT max(market.clock) FROM market)
        AND NOT EXISTS (
            SELECT FROM market
            WHERE market.clock >= quotes.range_start AND market.opens_at < quotes.range_end
        )
        AND NOT EXISTS (
            SELECT FROM job.late_write AS late
            WHERE
                late.from_time = quotes.range_start
                AND late.written_at BETWEEN now() - p_quiet AND now() + p_quiet
        )
    ORDER BY quotes.range_start;
    */
END;
$$;
