-- The quotes of a batch as they are to be stored.
CREATE TEMPORARY VIEW batch_final AS
SELECT
    quote.row_no,
    quote.arrival,
    quote.was_in_session,
    chain.quote_time,
    nullif(raw.exchange_time, '-infinity') AS exchange_time,
    chain.symbol,
    chain.expiry,
    raw.strike,
    value.underlying,
    value.underlying_source,
    nullif(raw.underlying, double precision 'NaN') AS fed_underlying,
    value.forward,
    value.forward_source,
    nullif(raw.forward, double precision 'NaN') AS fed_forward,
    value.strike_gap,
    money.level AS moneyness_level,
    CASE
        WHEN money.level = 0 THEN 'ATM'
        WHEN money.level > 0 THEN 'OTM' || money.level
        ELSE 'ITM' || -money.level
    END AS call_moneyness,
    CASE
        WHEN money.level = 0 THEN 'ATM'
        WHEN money.level > 0 THEN 'ITM' || money.level
        ELSE 'OTM' || -money.level
    END AS put_moneyness,
    nullif(raw.call_ltp, double precision 'NaN') AS call_ltp,
    nullif(raw.call_bid, double precision 'NaN') AS call_bid,
    nullif(raw.call_ask, double precision 'NaN') AS call_ask,
    nullif(raw.call_bid_qty, -9223372036854775808) AS call_bid_qty,
    nullif(raw.call_ask_qty, -9223372036854775808) AS call_ask_qty,
    quote.call_volume,
    nullif(raw.call_oi, -9223372036854775808) AS call_oi,
    nullif(raw.call_prev_oi, -9223372036854775808) AS call_prev_oi,
    nullif(price.call_iv, double precision 'NaN') AS call_iv,
    ops.iv_status(price.call_iv_status) AS call_iv_status,
    nullif(price.call_delta, double precision 'NaN') AS call_delta,
    nullif(price.call_gamma, double precision 'NaN') AS call_gamma,
    nullif(price.call_theta, double precision 'NaN') AS call_theta,
    nullif(price.call_vega, double precision 'NaN') AS call_vega,
    price.call_fed,
    quote.call_volume_growth,
    quote.call_oi_growth,
    quote.call_dropout,
    quote.call_doubted AS call_volume_doubted,
    nullif(raw.put_ltp, double precision 'NaN') AS put_ltp,
    nullif(raw.put_bid, double precision 'NaN') AS put_bid,
    nullif(raw.put_ask, double precision 'NaN') AS put_ask,
    nullif(raw.put_bid_qty, -9223372036854775808) AS put_bid_qty,
    nullif(raw.put_ask_qty, -9223372036854775808) AS put_ask_qty,
    quote.put_volume,
    nullif(raw.put_oi, -9223372036854775808) AS put_oi,
    nullif(raw.put_prev_oi, -9223372036854775808) AS put_prev_oi,
    nullif(price.put_iv, double precision 'NaN') AS put_iv,
    ops.iv_status(price.put_iv_status) AS put_iv_status,
    nullif(price.put_delta, double precision 'NaN') AS put_delta,
    nullif(price.put_gamma, double precision 'NaN') AS put_gamma,
    nullif(price.put_theta, double precision 'NaN') AS put_theta,
    nullif(price.put_vega, double precision 'NaN') AS put_vega,
    price.put_fed,
    quote.put_volume_growth,
    quote.put_oi_growth,
    quote.put_dropout,
    quote.put_doubted AS put_volume_doubted,
    chain.session,
    quote.in_session
FROM pg_temp.quote_batch AS raw
INNER JOIN pg_temp.batch_quote AS quote ON raw.row_no = quote.row_no
INNER JOIN pg_temp.batch_price AS price ON raw.row_no = price.row_no
INNER JOIN pg_temp.batch_chain AS chain ON quote.chain = chain.chain
INNER JOIN pg_temp.batch_value AS value ON chain.chain = value.chain
CROSS JOIN LATERAL ( -- noqa: ST05
    -- A little more than a half: of decimal strikes an exact half may come out above it.
    SELECT ceil((raw.strike - value.at_strike) / value.strike_gap - 0.500000001)::integer AS level
) AS money;
