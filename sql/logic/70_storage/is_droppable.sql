-- Whether all quotes of a time are of sealed sessions, and some are not ops.newest_quotes.
--
-- So a part of fo.option_quote goes only when it is below the floor of every symbol in it, and no
-- session of it was restored.
CREATE FUNCTION ops.is_droppable(p_from timestamptz, p_to timestamptz) RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT
    NOT EXISTS (
        SELECT
        FROM fo.instrument AS instrument
        CROSS JOIN
            generate_series(
                fo.bucket_start(interval '1 day', p_from),
                p_to - interval '1 microsecond',
                interval '1 day'
            ) AS bucket (start)
        WHERE
            NOT ops.is_sealed(instrument.symbol, bucket.start)
            AND EXISTS (
                SELECT FROM fo.option_quote AS quote
                WHERE
                    quote.symbol = instrument.symbol
                    AND quote.quote_time >= greatest(p_from, bucket.start)
                    AND quote.quote_time < least(p_to, bucket.start + interval '1 day')
            )
    )
    AND EXISTS (
        SELECT quote.symbol, quote.expiry, quote.strike, quote.quote_time
        FROM fo.option_quote AS quote
        WHERE quote.quote_time >= p_from AND quote.quote_time < p_to
        EXCEPT
        SELECT newest.symbol, newest.expiry, newest.strike, newest.quote_time
        FROM ops.newest_quotes(p_from, p_to) AS newest
    );
$$;
