-- Quotes as they came: a leg whose volume had fallen has the figures that the feed sent.
--
-- One row per row of fo.option_quote. underlying, forward, IV and Greeks are what the feed
-- brought, or NULL. call_held and put_held are the volumes that the quote is stored with.
CREATE VIEW ops.raw_quote AS
SELECT
    quote.quote_time,
    quote.exchange_time,
    quote.symbol,
    quote.expiry,
    quote.strike,
    quote.fed_underlying AS underlying,
    quote.fed_forward AS forward,
    CASE WHEN quote.call_dropout THEN call.ltp ELSE quote.call_ltp END AS call_ltp,
    CASE WHEN quote.call_dropout THEN call.bid ELSE quote.call_bid END AS call_bid,
    CASE WHEN quote.call_dropout THEN call.ask ELSE quote.call_ask END AS call_ask,
    CASE WHEN quote.call_dropout THEN call.bid_qty ELSE quote.call_bid_qty END AS call_bid_qty,
    CASE WHEN quote.call_dropout THEN call.ask_qty ELSE quote.call_ask_qty END AS call_ask_qty,
    coalesce(call.volume, quote.call_volume) AS call_volume,
    CASE WHEN quote.call_dropout THEN call.oi ELSE quote.call_oi END AS call_oi,
    CASE WHEN quote.call_dropout THEN call.prev_oi ELSE quote.call_prev_oi END AS call_prev_oi,
    CASE
        WHEN quote.call_dropout THEN call.iv
        WHEN quote.call_fed & 1 <> 0 THEN quote.call_iv
    END AS call_iv,
    CASE
        WHEN quote.call_dropout THEN call.delta
        WHEN quote.call_fed & 2 <> 0 THEN quote.call_delta
    END AS call_delta,
    CASE
        WHEN quote.call_dropout THEN call.gamma
        WHEN quote.call_fed & 4 <> 0 THEN quote.call_gamma
    END AS call_gamma,
    CASE
        WHEN quote.call_dropout THEN call.theta
        WHEN quote.call_fed & 8 <> 0 THEN quote.call_theta
    END AS call_theta,
    CASE
        WHEN quote.call_dropout THEN call.vega
        WHEN quote.call_fed & 16 <> 0 THEN quote.call_vega
    END AS call_vega,
    CASE WHEN quote.put_dropout THEN put.ltp ELSE quote.put_ltp END AS put_ltp,
    CASE WHEN quote.put_dropout THEN put.bid ELSE quote.put_bid END AS put_bid,
    CASE WHEN quote.put_dropout THEN put.ask ELSE quote.put_ask END AS put_ask,
    CASE WHEN quote.put_dropout THEN put.bid_qty ELSE quote.put_bid_qty END AS put_bid_qty,
    CASE WHEN quote.put_dropout THEN put.ask_qty ELSE quote.put_ask_qty END AS put_ask_qty,
    coalesce(put.volume, quote.put_volume) AS put_volume,
    CASE WHEN quote.put_dropout THEN put.oi ELSE quote.put_oi END AS put_oi,
    CASE WHEN quote.put_dropout THEN put.prev_oi ELSE quote.put_prev_oi END AS put_prev_oi,
    CASE
        WHEN quote.put_dropout THEN put.iv
        WHEN quote.put_fed & 1 <> 0 THEN quote.put_iv
    END AS put_iv,
    CASE
        WHEN quote.put_dropout THEN put.delta
        WHEN quote.put_fed & 2 <> 0 THEN quote.put_delta
    END AS put_delta,
    CASE
        WHEN quote.put_dropout THEN put.gamma
        WHEN quote.put_fed & 4 <> 0 THEN quote.put_gamma
    END AS put_gamma,
    CASE
        WHEN quote.put_dropout THEN put.theta
        WHEN quote.put_fed & 8 <> 0 THEN quote.put_theta
    END AS put_theta,
    CASE
        WHEN quote.put_dropout THEN put.vega
        WHEN quote.put_fed & 16 <> 0 THEN quote.put_vega
    END AS put_vega,
    quote.call_dropout,
    quote.put_dropout,
    quote.call_volume_doubted,
    quote.put_volume_doubted,
    quote.call_volume AS call_held,
    quote.put_volume AS put_held,
    quote.call_volume_growth,
    quote.put_volume_growth,
    quote.call_oi_growth,
    quote.put_oi_growth,
    quote.session,
    quote.in_session
FROM fo.option_quote AS quote
LEFT JOIN fo.quote_dropout AS call
    ON
        (quote.call_dropout OR quote.call_volume_doubted)
        AND call.leg = 'call'
        AND quote.symbol = call.symbol
        AND quote.expiry = call.expiry
        AND quote.strike = call.strike
        AND quote.quote_time = call.quote_time
LEFT JOIN fo.quote_dropout AS put
    ON
        (quote.put_dropout OR quote.put_volume_doubted)
        AND put.leg = 'put'
        AND quote.symbol = put.symbol
        AND quote.expiry = put.expiry
        AND quote.strike = put.strike
        AND quote.quote_time = put.quote_time;
