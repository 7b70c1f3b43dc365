-- The bars of every timeframe under one name: what of them the analytics read.
--
-- A timeframe that is known when a query is planned leaves one relation of the five.
CREATE VIEW ops.option_bar AS
SELECT
    '1min' AS timeframe,
    bar.symbol,
    bar.expiry,
    bar.strike,
    bar.bucket_time,
    bar.call_close,
    bar.call_volume,
    bar.call_oi,
    bar.call_oi_change,
    bar.put_close,
    bar.put_volume,
    bar.put_oi,
    bar.put_oi_change
FROM fo.option_strike_bars_1min AS bar
UNION ALL
SELECT
    '5min' AS timeframe,
    bar.symbol,
    bar.expiry,
    bar.strike,
    bar.bucket_time,
    bar.call_close,
    bar.call_volume,
    bar.call_oi,
    bar.call_oi_change,
    bar.put_close,
    bar.put_volume,
    bar.put_oi,
    bar.put_oi_change
FROM fo.option_strike_bars_5min AS bar
UNION ALL
SELECT
    '15min' AS timeframe,
    bar.symbol,
    bar.expiry,
    bar.strike,
    bar.bucket_time,
    bar.call_close,
    bar.call_volume,
    bar.call_oi,
    bar.call_oi_change,
    bar.put_close,
    bar.put_volume,
    bar.put_oi,
    bar.put_oi_change
FROM fo.option_strike_bars_15min AS bar
UNION ALL
SELECT
    '1h' AS timeframe,
    bar.symbol,
    bar.expiry,
    bar.strike,
    bar.bucket_time,
    bar.call_close,
    bar.call_volume,
    bar.call_oi,
    bar.call_oi_change,
    bar.put_close,
    bar.put_volume,
    bar.put_oi,
    bar.put_oi_change
FROM fo.option_strike_bars_1h AS bar
UNION ALL
SELECT
    '1d' AS timeframe,
    bar.symbol,
    bar.expiry,
    bar.strike,
    bar.bucket_time,
    bar.call_close,
    bar.call_volume,
    bar.call_oi,
    bar.call_oi_change,
    bar.put_close,
    bar.put_volume,
    bar.put_oi,
    bar.put_oi_change
FROM fo.option_strike_bars_1d AS bar;
