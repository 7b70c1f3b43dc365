-- A symbol's stored quotes of a time as the feed sent them, in the form of jobs/quote.py.
COPY (
    SELECT
        (row_number() OVER (ORDER BY raw.quote_time, raw.expiry, raw.strike) - 1)::integer
            AS row_no,
        raw.quote_time,
        coalesce(raw.exchange_time, '-infinity') AS exchange_time,
        0::smallint AS symbol,
        raw.expiry,
        raw.strike,
        coalesce(raw.underlying, 'NaN') AS underlying,
        coalesce(raw.forward, 'NaN') AS forward,
        coalesce(raw.call_ltp, 'NaN') AS call_ltp,
        coalesce(raw.call_bid, 'NaN') AS call_bid,
        coalesce(raw.call_ask, 'NaN') AS call_ask,
        coalesce(raw.call_iv, 'NaN') AS call_iv,
        coalesce(raw.call_delta, 'NaN') AS call_delta,
        coalesce(raw.call_gamma, 'NaN') AS call_gamma,
        coalesce(raw.call_theta, 'NaN') AS call_theta,
        coalesce(raw.call_vega, 'NaN') AS call_vega,
        coalesce(raw.put_ltp, 'NaN') AS put_ltp,
        coalesce(raw.put_bid, 'NaN') AS put_bid,
        coalesce(raw.put_ask, 'NaN') AS put_ask,
        coalesce(raw.put_iv, 'NaN') AS put_iv,
        coalesce(raw.put_delta, 'NaN') AS put_delta,
        coalesce(raw.put_gamma, 'NaN') AS put_gamma,
        coalesce(raw.put_theta, 'NaN') AS put_theta,
        coalesce(raw.put_vega, 'NaN') AS put_vega,
        coalesce(raw.call_bid_qty, unknown.n) AS call_bid_qty,
        coalesce(raw.call_ask_qty, unknown.n) AS call_ask_qty,
        coalesce(raw.call_volume, unknown.n) AS call_volume,
        coalesce(raw.call_oi, unknown.n) AS call_oi,
        coalesce(raw.call_prev_oi, unknown.n) AS call_prev_oi,
        coalesce(raw.put_bid_qty, unknown.n) AS put_bid_qty,
        coalesce(raw.put_ask_qty, unknown.n) AS put_ask_qty,
        coalesce(raw.put_volume, unknown.n) AS put_volume,
        coalesce(raw.put_oi, unknown.n) AS put_oi,
        coalesce(raw.put_prev_oi, unknown.n) AS put_prev_oi
    FROM ops.raw_quote AS raw
    CROSS JOIN (VALUES (-9223372036854775808)) AS unknown (n)
    WHERE raw.symbol = %s AND raw.quote_time >= %s AND raw.quote_time < %s
    ORDER BY raw.quote_time, raw.expiry, raw.strike
) TO STDOUT (FORMAT binary); -- noqa: PRS
