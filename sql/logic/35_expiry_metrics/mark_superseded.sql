-- Note which minutes of fo.expiry_metrics a quote of the batch reaches into beyond its own.
--
-- A chain is what was last known of each contract: a late or corrected quote counts until the
-- contract's next one. As a rule that comes with the symbol's next instant, and nothing lies
-- between. What comes in order has nothing after it, and growths are in no chain; but of a feed
-- without stamps they say for 5 minutes whether it stands still.
CREATE FUNCTION ops.mark_superseded() RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO job.stale_bucket (rollup, symbol, bucket_time)
    WITH instant AS (
        SELECT written.symbol, written.quote_time, following.quote_time AS next_time
        FROM (
            SELECT DISTINCT quote.symbol, quote.quote_time
            FROM pg_temp.batch_written AS quote
            WHERE quote.in_session AND NOT quote.is_regrown
        ) AS written
        CROSS JOIN LATERAL (
            SELECT moment.quote_time
            FROM fo.underlying_quote AS moment
            WHERE
                moment.symbol = written.symbol
                AND moment.quote_time > written.quote_time
                AND moment.in_session
            ORDER BY moment.quote_time
            LIMIT 1
        ) AS following
    ),

    lasting AS MATERIALIZED (
        SELECT written.symbol, written.expiry, written.strike, instant.next_time
        FROM pg_temp.batch_written AS written
        INNER JOIN instant
            ON written.symbol = instant.symbol AND written.quote_time = instant.quote_time
        WHERE NOT written.is_regrown
        EXCEPT
        SELECT quote.symbol, quote.expiry, quote.strike, quote.quote_time
        FROM (SELECT DISTINCT each.symbol, each.next_time FROM instant AS each) AS moment
        CROSS JOIN LATERAL (
            SELECT source.symbol, source.expiry, source.strike, source.quote_time
            FROM fo.option_quote AS source
            WHERE source.symbol = moment.symbol AND source.quote_time = moment.next_time
            -- a snapshot at a time, by the index
            OFFSET 0
        ) AS quote
    ),

    reach AS (
        SELECT DISTINCT lasting.symbol, lasting.next_time, following.quote_time AS until
        FROM lasting
        LEFT JOIN LATERAL (
            SELECT quote.quote_time
            FROM fo.option_quote AS quote
            WHERE
                quote.symbol = lasting.symbol
                AND quote.expiry = lasting.expiry
                AND quote.strike = lasting.strike
                AND quote.quote_time > lasting.next_time
                AND quote.in_session
            ORDER BY quote.quote_time
            LIMIT 1
        ) AS following ON TRUE
    )

    SELECT DISTINCT
        'expiry_metrics', reach.symbol,
        fo.bucket_start('1 minute', moment.quote_time)
    FROM reach
    INNER JOIN fo.underlying_quote AS moment
        ON
            reach.symbol = moment.symbol
            AND reach.next_time <= moment.quote_time
            AND (reach.until IS NULL OR reach.until > moment.quote_time)
    WHERE moment.in_session
    UNION
    SELECT 'expiry_metrics', moved.symbol, fo.bucket_start('1 minute', moment.quote_time)
    FROM (
        SELECT DISTINCT written.symbol, written.quote_time
        FROM pg_temp.batch_written AS written
        INNER JOIN pg_temp.batch_market AS market ON written.symbol = market.symbol
        WHERE
            written.in_session
            AND EXISTS (
                SELECT FROM pg_temp.quote_batch AS batch
                WHERE batch.symbol = market.symbol_no AND batch.exchange_time = '-infinity'
            )
    ) AS moved
    CROSS JOIN LATERAL (
        SELECT each.quote_time
        FROM fo.underlying_quote AS each
        WHERE
            each.symbol = moved.symbol
            AND each.quote_time > moved.quote_time
            AND each.quote_time <= moved.quote_time + interval '5 minutes'
            AND each.in_session
        -- an instant at a time, by the index
        OFFSET 0
    ) AS moment;
END;
$$;
