-- 15-minute bars per moneyness level, from the 5-minute bars.
--
-- Averages weigh the finer bars by their quotes.

CREATE MATERIALIZED VIEW fo.moneyness_bars_15min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '15 minutes', bucket_time) AS bucket_time,
    symbol,
    expiry,
    moneyness_level,
    sum(quotes)::bigint AS quotes,
    sum(underlying * quotes) / sum(quotes) FILTER (WHERE underlying IS NOT NULL) AS underlying,
    sum(call_ltp * quotes) / sum(quotes) FILTER (WHERE call_ltp IS NOT NULL) AS call_ltp,
    sum(call_iv * quotes) / sum(quotes) FILTER (WHERE call_iv IS NOT NULL) AS call_iv,
    sum(call_delta * quotes) / sum(quotes) FILTER (WHERE call_delta IS NOT NULL) AS call_delta,
    sum(call_gamma * quotes) / sum(quotes) FILTER (WHERE call_gamma IS NOT NULL) AS call_gamma,
    sum(call_theta * quotes) / sum(quotes) FILTER (WHERE call_theta IS NOT NULL) AS call_theta,
    sum(call_vega * quotes) / sum(quotes) FILTER (WHERE call_vega IS NOT NULL) AS call_vega,
    sum(call_oi * quotes) / sum(quotes) FILTER (WHERE call_oi IS NOT NULL) AS call_oi,
    sum(call_oi_change)::bigint AS call_oi_change,
    sum(call_volume)::bigint AS call_volume,
    sum(put_ltp * quotes) / sum(quotes) FILTER (WHERE put_ltp IS NOT NULL) AS put_ltp,
    sum(put_iv * quotes) / sum(quotes) FILTER (WHERE put_iv IS NOT NULL) AS put_iv,
    sum(put_delta * quotes) / sum(quotes) FILTER (WHERE put_delta IS NOT NULL) AS put_delta,
    sum(put_gamma * quotes) / sum(quotes) FILTER (WHERE put_gamma IS NOT NULL) AS put_gamma,
    sum(put_theta * quotes) / sum(quotes) FILTER (WHERE put_theta IS NOT NULL) AS put_theta,
    sum(put_vega * quotes) / sum(quotes) FILTER (WHERE put_vega IS NOT NULL) AS put_vega,
    sum(put_oi * quotes) / sum(quotes) FILTER (WHERE put_oi IS NOT NULL) AS put_oi,
    sum(put_oi_change)::bigint AS put_oi_change,
    sum(put_volume)::bigint AS put_volume
FROM fo.moneyness_bars_5min
GROUP BY 1, 2, 3, 4
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.moneyness_bars_15min (symbol, expiry, moneyness_level, bucket_time);
CREATE INDEX ON fo.moneyness_bars_15min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.moneyness_bars_15min ADD CONSTRAINT moneyness_bars_15min_pkey
PRIMARY KEY (symbol, expiry, moneyness_level, bucket_time);
CREATE INDEX moneyness_bars_15min_symbol_bucket_time_idx
ON fo.moneyness_bars_15min (symbol, bucket_time);
*/
