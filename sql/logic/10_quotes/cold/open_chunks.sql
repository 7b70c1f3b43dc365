-- Convert the compressed chunks of fo.option_quote that overlap a time back to rows.
--
-- For a transaction that writes to them: a change in place decompresses up to 1,000 quotes for each
-- one, TimescaleDB limits that, and the chunk grows by what was replaced. Each chunk is noted in
-- job.late_write, compressed or not, so that the job leaves it alone until the writers are done. On
-- plain PostgreSQL there is nothing to do.
CREATE FUNCTION ops.open_chunks(
    p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    /*timescaledb
    DECLARE
        v_chunk record;
    BEGIN
        FOR v_chunk IN
            SELECT
                format('%I.%I', chunk.chunk_schema, chunk.chunk_name)::regclass AS name,
                chunk.range_start
            FROM timescaledb_information.chunks AS chunk
            WHERE
                chunk.hypertable_schema = 'fo'
                AND chunk.hypertable_name = 'option_quote'
                AND chunk.range_end > p_from
                AND chunk.range_start < p_to
            ORDER BY chunk.range_start
        LOOP
            INSERT INTO job.late_write AS known (symbol, from_time, written_at)
            VALUES (p_symbol, v_chunk.range_start, clock_timestamp())
            ON CONFLICT (symbol, from_time) DO UPDATE SET written_at = excluded.written_at;
            PERFORM ops.open_chunk(v_chunk.name);
        END LOOP;
    END;
    */
END;
$$;
