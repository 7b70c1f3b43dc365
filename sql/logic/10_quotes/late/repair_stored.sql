-- Overwrite the stored quotes that the batch corrects or changes the derivation of.
--
-- First those that were valued with the batch, whole; then those of which only volumes
-- or growths changed. Rows that come out as they are stay untouched.
CREATE FUNCTION ops.repair_stored() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    v_from timestamptz;
    v_to timestamptz;
BEGIN
    INSERT INTO pg_temp.batch_repair
    SELECT final.*
    FROM pg_temp.batch_final AS final
    WHERE final.arrival IN ('correction', 'stored');
    SELECT span.from_time, span.to_time INTO v_from, v_to
    FROM ops.repair_range('batch_repair') AS span;
    IF v_from IS NOT NULL THEN
        PERFORM ops.repair_quotes(v_from, v_to);
    END IF;
    INSERT INTO pg_temp.batch_regrowth (
        symbol, expiry, strike, quote_time, call_volume, put_volume, call_doubted, put_doubted,
        is_volume_same, call_volume_growth, put_volume_growth, call_oi_growth, put_oi_growth
    )
    SELECT
        listed.symbol, listed.expiry, listed.strike, quote.quote_time,
        quote.call_volume, quote.put_volume, quote.call_doubted, quote.put_doubted,
        (quote.call_doubted OR quote.put_doubted OR quote.was_call_doubted OR quote.was_put_doubted)
        IS FALSE,
        quote.call_volume_growth, quote.put_volume_growth,
        quote.call_oi_growth, quote.put_oi_growth
    FROM pg_temp.batch_quote AS quote
    INNER JOIN pg_temp.batch_contract AS listed ON quote.contract = listed.contract
    WHERE quote.arrival = 'regrown';
    SELECT span.from_time, span.to_time INTO v_from, v_to
    FROM ops.repair_range('batch_regrowth') AS span;
    IF v_from IS NOT NULL THEN
        PERFORM ops.repair_growths(v_from, v_to);
    END IF;
END;
$$;
