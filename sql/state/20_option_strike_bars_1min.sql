-- 1-minute bars of both premiums, per strike.
--
-- Only quotes of a session enter. bid, ask, iv, oi, underlying and moneyness_level are the last
-- known of the bar; volume and oi_change are sums of growths, so that bars add up to the day.

CREATE MATERIALIZED VIEW fo.option_strike_bars_1min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 minute', quote_time) AS bucket_time,
    symbol,
    expiry,
    strike,
    count(*) AS quotes,
    last(underlying, quote_time) FILTER (WHERE underlying IS NOT NULL) AS underlying,
    last(moneyness_level, quote_time) FILTER (WHERE moneyness_level IS NOT NULL) AS moneyness_level,
    first(call_ltp, quote_time) FILTER (WHERE call_ltp IS NOT NULL) AS call_open,
    max(call_ltp) AS call_high,
    min(call_ltp) AS call_low,
    last(call_ltp, quote_time) FILTER (WHERE call_ltp IS NOT NULL) AS call_close,
    last(call_bid, quote_time) FILTER (WHERE call_bid IS NOT NULL) AS call_bid,
    last(call_ask, quote_time) FILTER (WHERE call_ask IS NOT NULL) AS call_ask,
    last(call_iv, quote_time) FILTER (WHERE call_iv IS NOT NULL) AS call_iv,
    last(call_oi, quote_time) FILTER (WHERE call_oi IS NOT NULL) AS call_oi,
    sum(call_oi_growth)::bigint AS call_oi_change,
    sum(call_volume_growth)::bigint AS call_volume,
    first(put_ltp, quote_time) FILTER (WHERE put_ltp IS NOT NULL) AS put_open,
    max(put_ltp) AS put_high,
    min(put_ltp) AS put_low,
    last(put_ltp, quote_time) FILTER (WHERE put_ltp IS NOT NULL) AS put_close,
    last(put_bid, quote_time) FILTER (WHERE put_bid IS NOT NULL) AS put_bid,
    last(put_ask, quote_time) FILTER (WHERE put_ask IS NOT NULL) AS put_ask,
    last(put_iv, quote_time) FILTER (WHERE put_iv IS NOT NULL) AS put_iv,
    last(put_oi, quote_time) FILTER (WHERE put_oi IS NOT NULL) AS put_oi,
    sum(put_oi_growth)::bigint AS put_oi_change,
    sum(put_volume_growth)::bigint AS put_volume
FROM fo.option_quote
WHERE in_session
GROUP BY 1, 2, 3, 4
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.option_strike_bars_1min (symbol, expiry, bucket_time);
CREATE INDEX ON fo.option_strike_bars_1min (symbol, bucket_time);
CREATE INDEX ON fo.option_strike_bars_1min (symbol, expiry, strike, bucket_time);
*/
/*postgres
CREATE INDEX option_strike_bars_1min_symbol_expiry_bucket_time_idx
ON fo.option_strike_bars_1min (symbol, expiry, bucket_time);
CREATE INDEX option_strike_bars_1min_symbol_bucket_time_idx
ON fo.option_strike_bars_1min (symbol, bucket_time);
-- Made last: of indexes of equal cost, as in an empty table, the planner takes the newest.
ALTER TABLE fo.option_strike_bars_1min ADD CONSTRAINT option_strike_bars_1min_pkey
PRIMARY KEY (symbol, expiry, strike, bucket_time);
-- As for coarser bars, and less of it: these are most of what is kept for good.
ALTER TABLE fo.option_strike_bars_1min SET (fillfactor = 70);
*/
