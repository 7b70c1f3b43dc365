-- Make the legs unknown in pg_temp.quote_batch that are drop-outs.
CREATE FUNCTION ops.blank_dropouts() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    UPDATE pg_temp.quote_batch AS raw
    SET
        call_ltp = 'NaN', call_bid = 'NaN', call_ask = 'NaN',
        call_bid_qty = -9223372036854775808, call_ask_qty = -9223372036854775808,
        call_volume = -9223372036854775808, call_oi = -9223372036854775808,
        call_prev_oi = -9223372036854775808,
        call_iv = 'NaN', call_delta = 'NaN', call_gamma = 'NaN', call_theta = 'NaN',
        call_vega = 'NaN'
    FROM pg_temp.batch_quote AS quote
    WHERE quote.call_dropout AND raw.row_no = quote.row_no;
    UPDATE pg_temp.quote_batch AS raw
    SET
        put_ltp = 'NaN', put_bid = 'NaN', put_ask = 'NaN',
        put_bid_qty = -9223372036854775808, put_ask_qty = -9223372036854775808,
        put_volume = -9223372036854775808, put_oi = -9223372036854775808,
        put_prev_oi = -9223372036854775808,
        put_iv = 'NaN', put_delta = 'NaN', put_gamma = 'NaN', put_theta = 'NaN', put_vega = 'NaN'
    FROM pg_temp.batch_quote AS quote
    WHERE quote.put_dropout AND raw.row_no = quote.row_no;
END;
$$;
