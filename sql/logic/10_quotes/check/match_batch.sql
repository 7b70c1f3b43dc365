-- Compare quotes with what is stored of the same instant, and drop those that say the same again.
--
-- What is left in pg_temp.batch_series is new, or marked as a correction. The stored quotes that
-- are not corrected stay in pg_temp.batch_quote. Returns how many were dropped.
CREATE FUNCTION ops.match_batch() RETURNS bigint
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    v_unchanged bigint;
BEGIN
    INSERT INTO pg_temp.batch_moment (symbol, quote_time, is_recalled)
    SELECT DISTINCT chain.symbol, chain.quote_time, FALSE
    FROM pg_temp.batch_chain AS chain
    WHERE chain.is_behind AND chain.reason IS NULL;
    PERFORM ops.recall_snapshots();
    UPDATE pg_temp.batch_series AS series
    SET
        old_row_no = old.row_no,
        was_in_session = stored.in_session,
        was_call_dropout = stored.call_dropout,
        was_put_dropout = stored.put_dropout,
        was_call_doubted = stored.call_doubted,
        was_put_doubted = stored.put_doubted,
        arrival = CASE
            WHEN (
                new.exchange_time, new.underlying, new.forward, new.call_ltp, new.call_bid,
                new.call_ask, new.call_prev_oi, new.put_prev_oi,
                new.call_bid_qty, new.call_ask_qty, new.call_volume, new.call_oi, new.call_iv,
                new.call_delta, new.call_gamma, new.call_theta, new.call_vega, new.put_ltp,
                new.put_bid, new.put_ask, new.put_bid_qty, new.put_ask_qty, new.put_volume,
                new.put_oi, new.put_iv, new.put_delta, new.put_gamma, new.put_theta, new.put_vega
            ) = (
                old.exchange_time, old.underlying, old.forward, old.call_ltp, old.call_bid,
                old.call_ask, old.call_prev_oi, old.put_prev_oi,
                old.call_bid_qty, old.call_ask_qty, old.call_volume, old.call_oi, old.call_iv,
                old.call_delta, old.call_gamma, old.call_theta, old.call_vega, old.put_ltp,
                old.put_bid, old.put_ask, old.put_bid_qty, old.put_ask_qty, old.put_volume,
                old.put_oi, old.put_iv, old.put_delta, old.put_gamma, old.put_theta, old.put_vega
            ) THEN 'unchanged'
            ELSE 'correction'
        END
    FROM pg_temp.batch_quote AS stored
    INNER JOIN pg_temp.quote_batch AS old ON stored.row_no = old.row_no
    CROSS JOIN pg_temp.quote_batch AS new
    WHERE
        series.row_no = new.row_no
        AND series.contract = stored.contract
        AND series.quote_time = stored.quote_time;
    DELETE FROM pg_temp.batch_series AS series
    WHERE series.arrival = 'unchanged';
    GET DIAGNOSTICS v_unchanged = ROW_COUNT;
    DELETE FROM pg_temp.batch_quote AS stored
    USING pg_temp.batch_series AS series
    WHERE stored.row_no = series.old_row_no;
    RETURN v_unchanged;
END;
$$;
