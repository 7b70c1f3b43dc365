-- Keep in fo.quote_dropout what the drop-outs of the batch had said, and forget what is none.
--
-- Returns how many legs more are drop-outs than before the batch.
CREATE FUNCTION ops.keep_dropouts() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_kept bigint;
    v_forgotten bigint;
BEGIN
    DELETE FROM fo.quote_dropout AS kept
    USING pg_temp.batch_final AS final
    WHERE final.arrival <> 'new'
        AND kept.symbol = final.symbol
        AND kept.expiry = final.expiry
        AND kept.strike = final.strike
        AND kept.quote_time = final.quote_time;
    GET DIAGNOSTICS v_forgotten = ROW_COUNT;
    INSERT INTO fo.quote_dropout (
        symbol, expiry, strike, quote_time, leg,
        ltp, bid, ask, bid_qty, ask_qty, volume, oi, iv, delta, gamma, theta, vega
    )
    SELECT
        dropout.symbol, dropout.expiry, dropout.strike, dropout.quote_time, dropout.leg,
        dropout.ltp, dropout.bid, dropout.ask, dropout.bid_qty, dropout.ask_qty, dropout.volume,
        dropout.oi, dropout.iv, dropout.delta, dropout.gamma, dropout.theta, dropout.vega
    FROM (
        SELECT
            quote.symbol, quote.expiry, quote.strike, quote.quote_time, 'call' AS leg,
            quote.call_ltp AS ltp, quote.call_bid AS bid, quote.call_ask AS ask,
            quote.call_bid_qty AS bid_qty, quote.call_ask_qty AS ask_qty, quote.call_volume AS
            volume, quote.call_oi AS oi, quote.call_iv AS iv, quote.call_delta AS delta,
            quote.call_gamma AS gamma, quote.call_theta AS theta, quote.call_vega AS vega
        FROM pg_temp.batch_quote AS quote
        INNER JOIN pg_temp.batch_final AS final USING (symbol, expiry, strike, quote_time)
        WHERE final.call_dropout
        UNION ALL
        SELECT
            quote.symbol, quote.expiry, quote.strike, quote.quote_time, 'put' AS leg,
            quote.put_ltp AS ltp, quote.put_bid AS bid, quote.put_ask AS ask, quote.put_bid_qty
            AS bid_qty, quote.put_ask_qty AS ask_qty, quote.put_volume AS volume, quote.put_oi
            AS oi, quote.put_iv AS iv, quote.put_delta AS delta, quote.put_gamma AS gamma,
            quote.put_theta AS theta, quote.put_vega AS vega
        FROM pg_temp.batch_quote AS quote
        INNER JOIN pg_temp.batch_final AS final USING (symbol, expiry, strike, quote_time)
        WHERE final.put_dropout
    ) AS dropout;
    GET DIAGNOSTICS v_kept = ROW_COUNT;
    RETURN v_kept - v_forgotten;
END;
$$;
