-- Keep in fo.quote_dropout what the legs of the batch had said whose volume fell, and forget what
-- is doubted no more.
--
-- In pg_temp.quote_batch a drop-out is unknown from now on. Returns how many legs more than before
-- the batch are drop-outs, and of how many more the volume is doubted.
CREATE FUNCTION ops.keep_dropouts(OUT dropouts bigint, OUT doubted bigint)
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    dropouts := 0;
    doubted := 0;
    IF NOT EXISTS (
            SELECT
            FROM pg_temp.batch_quote AS quote
            WHERE quote.call_dropout OR quote.put_dropout OR quote.call_doubted OR quote.put_doubted
                OR quote.was_call_dropout OR quote.was_put_dropout
                OR quote.was_call_doubted OR quote.was_put_doubted
        ) THEN
        RETURN;
    END IF;
    PERFORM ops.list_kept_legs();
    DELETE FROM fo.quote_dropout AS kept
    USING (
        SELECT listed.symbol, listed.expiry, listed.strike, known.quote_time, known.leg
        FROM pg_temp.batch_kept_leg AS known
        INNER JOIN pg_temp.batch_contract AS listed ON known.contract = listed.contract
        WHERE known.was_dropout OR known.was_doubted
    ) AS leg
    WHERE
        kept.symbol = leg.symbol
        AND kept.expiry = leg.expiry
        AND kept.strike = leg.strike
        AND kept.quote_time = leg.quote_time
        AND kept.leg = leg.leg;
    INSERT INTO fo.quote_dropout (symbol, expiry, strike, quote_time, leg, volume)
    SELECT listed.symbol, listed.expiry, listed.strike, leg.quote_time, leg.leg, leg.said
    FROM pg_temp.batch_kept_leg AS leg
    INNER JOIN pg_temp.batch_contract AS listed ON leg.contract = listed.contract
    WHERE leg.doubted;
    PERFORM ops.keep_whole_legs();
    PERFORM ops.blank_dropouts();
    SELECT
        coalesce(sum(leg.dropout::integer - leg.was_dropout::integer), 0),
        coalesce(sum(leg.doubted::integer - leg.was_doubted::integer), 0)
    INTO dropouts, doubted
    FROM pg_temp.batch_kept_leg AS leg;
END;
$$;
