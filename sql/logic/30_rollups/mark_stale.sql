-- Note which buckets of the rollups that read quotes the batch has changed.
CREATE FUNCTION ops.mark_stale() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)
    SELECT DISTINCT
        rollup.rollup,
        written.symbol,
        fo.bucket_start(rollup.width, written.quote_time)
    FROM (
        SELECT DISTINCT quote.symbol, quote.quote_time
        FROM pg_temp.batch_written AS quote
        WHERE quote.in_session
    ) AS written
    CROSS JOIN job.rollup AS rollup
    WHERE rollup.source IN ('option_quote', 'underlying_quote');
END;
$$;
