-- Compare late quotes with what is stored, and drop those that say the same again.
--
-- What is left in pg_temp.batch_quote is new, or marked as a correction. Returns how many
-- were dropped.
CREATE FUNCTION ops.match_batch() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_unchanged bigint;
BEGIN
    UPDATE pg_temp.batch_quote AS quote
    SET
        arrival = CASE
            WHEN (
                quote.exchange_time, quote.underlying, quote.call_ltp, quote.call_bid,
                quote.call_ask, quote.call_bid_qty, quote.call_ask_qty, quote.call_volume,
                quote.call_oi, quote.call_iv, quote.call_delta, quote.call_gamma,
                quote.call_theta, quote.call_vega, quote.put_ltp, quote.put_bid, quote.put_ask,
                quote.put_bid_qty, quote.put_ask_qty, quote.put_volume, quote.put_oi,
                quote.put_iv, quote.put_delta, quote.put_gamma, quote.put_theta, quote.put_vega
            ) IS NOT DISTINCT FROM (
                stored.exchange_time, stored.underlying, stored.call_ltp, stored.call_bid,
                stored.call_ask, stored.call_bid_qty, stored.call_ask_qty, stored.call_volume,
                stored.call_oi, stored.call_iv, stored.call_delta, stored.call_gamma,
                stored.call_theta, stored.call_vega, stored.put_ltp, stored.put_bid,
                stored.put_ask, stored.put_bid_qty, stored.put_ask_qty, stored.put_volume,
                stored.put_oi, stored.put_iv, stored.put_delta, stored.put_gamma,
                stored.put_theta, stored.put_vega
            ) THEN 'unchanged'
            ELSE 'correction'
        END
    FROM ops.raw_quote AS stored
    WHERE quote.late
        AND quote.symbol = stored.symbol
        AND quote.expiry = stored.expiry
        AND quote.strike = stored.strike
        AND quote.quote_time = stored.quote_time;
    DELETE FROM pg_temp.batch_quote AS quote WHERE quote.arrival = 'unchanged';
    GET DIAGNOSTICS v_unchanged = ROW_COUNT;
    RETURN v_unchanged;
END;
$$;
