-- Note which minutes of fo.expiry_metrics the chains of pg_temp.batch_whole reach into.
--
-- A whole chain counts at the instants at which fewer than three newer ones are known. What comes
-- in order has no later instant, and its own minute is stale already.
CREATE FUNCTION ops.mark_relisted() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)
    SELECT DISTINCT
        'expiry_metrics', moment.symbol, fo.bucket_start('1 minute', moment.quote_time)
    FROM pg_temp.batch_whole AS whole
    LEFT JOIN LATERAL (
        SELECT later.quote_time
        FROM fo.underlying_quote AS later
        WHERE
            later.symbol = whole.symbol
            AND later.quote_time > whole.quote_time
            AND later.is_whole
            AND later.in_session
        ORDER BY later.quote_time
        LIMIT 1 OFFSET 2
    ) AS third ON TRUE
    INNER JOIN fo.underlying_quote AS moment
        ON
            whole.symbol = moment.symbol
            AND whole.quote_time < moment.quote_time
            AND (third.quote_time IS NULL OR third.quote_time > moment.quote_time)
    WHERE moment.in_session;
END;
$$;
