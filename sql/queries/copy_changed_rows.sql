-- The rows of the batch that are not as the caller sent them: recalled ones, and drop-outs.
COPY (
    SELECT
        batch.row_no,
        batch.quote_time,
        batch.exchange_time,
        batch.symbol,
        batch.expiry,
        batch.strike,
        batch.underlying,
        batch.forward,
        batch.call_ltp,
        batch.call_bid,
        batch.call_ask,
        batch.call_iv,
        batch.call_delta,
        batch.call_gamma,
        batch.call_theta,
        batch.call_vega,
        batch.put_ltp,
        batch.put_bid,
        batch.put_ask,
        batch.put_iv,
        batch.put_delta,
        batch.put_gamma,
        batch.put_theta,
        batch.put_vega,
        batch.call_bid_qty,
        batch.call_ask_qty,
        batch.call_volume,
        batch.call_oi,
        batch.call_prev_oi,
        batch.put_bid_qty,
        batch.put_ask_qty,
        batch.put_volume,
        batch.put_oi,
        batch.put_prev_oi
    FROM pg_temp.quote_batch AS batch
    INNER JOIN pg_temp.batch_quote AS quote ON batch.row_no = quote.row_no
    WHERE quote.arrival = 'stored' OR quote.call_dropout OR quote.put_dropout
) TO STDOUT (FORMAT binary); -- noqa: PRS
