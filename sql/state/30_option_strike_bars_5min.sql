-- 5-minute bars of both premiums, per strike, from the 1-minute bars.

CREATE MATERIALIZED VIEW fo.option_strike_bars_5min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '5 minutes', bucket_time) AS bucket_time,
    symbol,
    expiry,
    strike,
    sum(quotes)::bigint AS quotes,
    last(underlying, bucket_time) FILTER (WHERE underlying IS NOT NULL) AS underlying,
    last(moneyness_level, bucket_time)
    FILTER (WHERE moneyness_level IS NOT NULL) AS moneyness_level,
    first(call_open, bucket_time) FILTER (WHERE call_open IS NOT NULL) AS call_open,
    max(call_high) AS call_high,
    min(call_low) AS call_low,
    last(call_close, bucket_time) FILTER (WHERE call_close IS NOT NULL) AS call_close,
    last(call_bid, bucket_time) FILTER (WHERE call_bid IS NOT NULL) AS call_bid,
    last(call_ask, bucket_time) FILTER (WHERE call_ask IS NOT NULL) AS call_ask,
    last(call_iv, bucket_time) FILTER (WHERE call_iv IS NOT NULL) AS call_iv,
    last(call_oi, bucket_time) FILTER (WHERE call_oi IS NOT NULL) AS call_oi,
    sum(call_oi_change)::bigint AS call_oi_change,
    sum(call_volume)::bigint AS call_volume,
    first(put_open, bucket_time) FILTER (WHERE put_open IS NOT NULL) AS put_open,
    max(put_high) AS put_high,
    min(put_low) AS put_low,
    last(put_close, bucket_time) FILTER (WHERE put_close IS NOT NULL) AS put_close,
    last(put_bid, bucket_time) FILTER (WHERE put_bid IS NOT NULL) AS put_bid,
    last(put_ask, bucket_time) FILTER (WHERE put_ask IS NOT NULL) AS put_ask,
    last(put_iv, bucket_time) FILTER (WHERE put_iv IS NOT NULL) AS put_iv,
    last(put_oi, bucket_time) FILTER (WHERE put_oi IS NOT NULL) AS put_oi,
    sum(put_oi_change)::bigint AS put_oi_change,
    sum(put_volume)::bigint AS put_volume
FROM fo.option_strike_bars_1min
GROUP BY 1, 2, 3, 4
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.option_strike_bars_5min (symbol, expiry, bucket_time);
CREATE INDEX ON fo.option_strike_bars_5min (symbol, bucket_time);
CREATE INDEX ON fo.option_strike_bars_5min (symbol, expiry, strike, bucket_time);
*/
/*postgres
CREATE INDEX option_strike_bars_5min_symbol_expiry_bucket_time_idx
ON fo.option_strike_bars_5min (symbol, expiry, bucket_time);
CREATE INDEX option_strike_bars_5min_symbol_bucket_time_idx
ON fo.option_strike_bars_5min (symbol, bucket_time);
-- Made last: of indexes of equal cost, as in an empty table, the planner takes the newest.
ALTER TABLE fo.option_strike_bars_5min ADD CONSTRAINT option_strike_bars_5min_pkey
PRIMARY KEY (symbol, expiry, strike, bucket_time);
-- Room for the next figures of each bar beside the last ones: no index is written again.
ALTER TABLE fo.option_strike_bars_5min SET (fillfactor = 50);
*/
