-- List in pg_temp.batch_kept_leg the legs whose row in fo.quote_dropout the batch changes.
CREATE FUNCTION ops.list_kept_legs() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_kept_leg (
        contract, quote_time, leg, row_no, said, dropout, doubted, was_dropout, was_doubted
    )
    SELECT DISTINCT ON (quote.contract, quote.quote_time, leg.leg)
        quote.contract, quote.quote_time, leg.leg, quote.row_no, leg.said,
        leg.dropout, leg.doubted, leg.was_dropout, leg.was_doubted
    FROM pg_temp.batch_quote AS quote
    CROSS JOIN
        LATERAL (
            VALUES
            (
                'call', quote.call_said, quote.call_dropout, quote.call_doubted,
                quote.was_call_dropout, quote.was_call_doubted
            ),
            (
                'put', quote.put_said, quote.put_dropout, quote.put_doubted,
                quote.was_put_dropout, quote.was_put_doubted
            )
        ) AS leg (leg, said, dropout, doubted, was_dropout, was_doubted)
    WHERE
        quote.contract IS NOT NULL
        AND CASE
            WHEN quote.arrival IN ('new', 'correction')
                THEN leg.dropout OR leg.doubted OR leg.was_dropout OR leg.was_doubted
            ELSE (leg.dropout, leg.doubted) IS DISTINCT FROM (leg.was_dropout, leg.was_doubted)
        END
    -- Of a stored quote that was recalled, that row has its figures; the other its volume.
    ORDER BY quote.contract, quote.quote_time, leg.leg, quote.row_no NULLS LAST;
    UPDATE pg_temp.batch_kept_leg AS leg
    SET said = CASE leg.leg WHEN 'call' THEN regrown.call_said ELSE regrown.put_said END
    FROM pg_temp.batch_quote AS regrown
    WHERE
        leg.said IS NULL
        AND regrown.arrival = 'regrown'
        AND regrown.contract = leg.contract
        AND regrown.quote_time = leg.quote_time;
END;
$$;
