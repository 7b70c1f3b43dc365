-- Make the day partitions of fo.option_quote that the batch needs.
--
-- On TimescaleDB the hypertable makes its own chunks.
CREATE FUNCTION ops.ensure_partitions() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM ops.ensure_partition(day.day)
    FROM (
        SELECT DISTINCT (quote.quote_time AT TIME ZONE 'UTC')::date AS day
        FROM pg_temp.batch_chain AS quote
        WHERE quote.reason IS NULL
    ) AS day;
END;
$$;
