-- Settle which stored quotes are valued again with the batch: they stay in pg_temp.batch_quote.
--
-- Those are the quotes of any snapshot that the batch adds to or corrects, of any in which a
-- stored leg became a drop-out, or ceased to be one, by what the batch brought, and of those that
-- carry the underlying of one of these.
CREATE FUNCTION ops.complete_batch() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_moment (symbol, quote_time, is_recalled)
    SELECT listed.symbol, quote.quote_time, FALSE
    FROM pg_temp.batch_quote AS quote
    INNER JOIN pg_temp.batch_contract AS listed ON quote.contract = listed.contract
    WHERE
        quote.arrival = 'regrown'
        AND (quote.call_dropout, quote.put_dropout)
        IS DISTINCT FROM (quote.was_call_dropout, quote.was_put_dropout)
    EXCEPT
    SELECT moment.symbol, moment.quote_time, FALSE
    FROM pg_temp.batch_moment AS moment;
    IF FOUND THEN
        PERFORM ops.recall_snapshots();
    END IF;
    UPDATE pg_temp.batch_quote AS stored
    SET
        call_dropout = regrown.call_dropout,
        put_dropout = regrown.put_dropout,
        call_doubted = regrown.call_doubted,
        put_doubted = regrown.put_doubted,
        call_volume = regrown.call_volume,
        put_volume = regrown.put_volume,
        call_volume_growth = regrown.call_volume_growth,
        put_volume_growth = regrown.put_volume_growth,
        call_oi_growth = regrown.call_oi_growth,
        put_oi_growth = regrown.put_oi_growth
    FROM pg_temp.batch_quote AS regrown
    WHERE
        regrown.arrival = 'regrown'
        AND stored.arrival = 'stored'
        AND stored.contract = regrown.contract
        AND stored.quote_time = regrown.quote_time;
    PERFORM ops.list_carried();
    DELETE FROM pg_temp.batch_quote AS stored
    USING pg_temp.batch_chain AS chain
    WHERE
        stored.arrival = 'stored'
        AND stored.chain = chain.chain
        AND (chain.symbol, chain.quote_time) NOT IN (
            SELECT touched.symbol, touched.quote_time
            FROM pg_temp.batch_quote AS quote
            INNER JOIN pg_temp.batch_chain AS touched ON quote.chain = touched.chain
            WHERE
                quote.arrival IN ('new', 'correction')
                OR (quote.call_dropout, quote.put_dropout)
                IS DISTINCT FROM (quote.was_call_dropout, quote.was_put_dropout)
            UNION ALL
            SELECT moment.symbol, moment.quote_time
            FROM pg_temp.batch_moment AS moment
            WHERE moment.is_carried
        );
END;
$$;
