-- A contract before an instant: its newest quote, and what that quote's session had reached.
--
-- No row where there is no such quote. falls is 20 where the last volume was doubted: at 20, the
-- next fall makes ops.judge_batch read the whole session.
CREATE FUNCTION ops.contract_stands(
    p_symbol text, p_expiry date, p_strike double precision, p_before timestamptz
) RETURNS TABLE (
    quote_time timestamptz,
    session date,
    call_volume bigint,
    put_volume bigint,
    call_oi bigint,
    put_oi bigint,
    call_falls integer,
    put_falls integer
)
LANGUAGE sql STABLE AS $$
WITH newest AS (
    SELECT quote.quote_time, quote.session
    FROM fo.option_quote AS quote
    WHERE
        quote.symbol = p_symbol
        AND quote.expiry = p_expiry
        AND quote.strike = p_strike
        AND quote.quote_time < p_before
    ORDER BY quote.quote_time DESC
    LIMIT 1
)

SELECT
    newest.quote_time, newest.session, reached.call_volume, reached.put_volume,
    reached.call_oi, reached.put_oi, reached.call_falls, reached.put_falls
FROM newest
CROSS JOIN
    LATERAL (
        SELECT
            max(quote.call_volume) AS call_volume,
            max(quote.put_volume) AS put_volume,
            ops.last_known(quote.call_oi ORDER BY quote.quote_time) AS call_oi,
            ops.last_known(quote.put_oi ORDER BY quote.quote_time) AS put_oi,
            ops.last_known(
                CASE
                    WHEN quote.call_dropout OR quote.call_volume_doubted THEN 20
                    WHEN quote.call_volume IS NOT NULL THEN 0
                END
                ORDER BY quote.quote_time
            )::integer AS call_falls,
            ops.last_known(
                CASE
                    WHEN quote.put_dropout OR quote.put_volume_doubted THEN 20
                    WHEN quote.put_volume IS NOT NULL THEN 0
                END
                ORDER BY quote.quote_time
            )::integer AS put_falls
        FROM fo.option_quote AS quote
        WHERE
            quote.symbol = p_symbol
            AND quote.expiry = p_expiry
            AND quote.strike = p_strike
            AND quote.quote_time > newest.quote_time - interval '2 days'
            AND quote.quote_time <= newest.quote_time
            AND quote.session = newest.session
            AND quote.in_session
    ) AS reached;
$$;
