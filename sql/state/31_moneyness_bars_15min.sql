-- 15-minute bars per moneyness level, from the 5-minute bars.
--
-- An average weighs each finer bar by how many of its quotes knew the figure. The underlying is
-- known with every level.

CREATE MATERIALIZED VIEW fo.moneyness_bars_15min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '15 minutes', bucket_time) AS bucket_time,
    symbol,
    expiry,
    moneyness_level,
    sum(quotes)::bigint AS quotes,
    sum(underlying * quotes) / sum(quotes) AS underlying,
    sum(call_ltp * call_ltp_known) / nullif(sum(call_ltp_known), 0) AS call_ltp,
    sum(call_ltp_known)::bigint AS call_ltp_known,
    sum(call_iv * call_iv_known) / nullif(sum(call_iv_known), 0) AS call_iv,
    sum(call_iv_known)::bigint AS call_iv_known,
    sum(call_delta * call_delta_known) / nullif(sum(call_delta_known), 0) AS call_delta,
    sum(call_delta_known)::bigint AS call_delta_known,
    sum(call_gamma * call_gamma_known) / nullif(sum(call_gamma_known), 0) AS call_gamma,
    sum(call_gamma_known)::bigint AS call_gamma_known,
    sum(call_theta * call_theta_known) / nullif(sum(call_theta_known), 0) AS call_theta,
    sum(call_theta_known)::bigint AS call_theta_known,
    sum(call_vega * call_vega_known) / nullif(sum(call_vega_known), 0) AS call_vega,
    sum(call_vega_known)::bigint AS call_vega_known,
    sum(call_oi * call_oi_known) / nullif(sum(call_oi_known), 0) AS call_oi,
    sum(call_oi_known)::bigint AS call_oi_known,
    sum(call_oi_change)::bigint AS call_oi_change,
    sum(call_volume)::bigint AS call_volume,
    sum(put_ltp * put_ltp_known) / nullif(sum(put_ltp_known), 0) AS put_ltp,
    sum(put_ltp_known)::bigint AS put_ltp_known,
    sum(put_iv * put_iv_known) / nullif(sum(put_iv_known), 0) AS put_iv,
    sum(put_iv_known)::bigint AS put_iv_known,
    sum(put_delta * put_delta_known) / nullif(sum(put_delta_known), 0) AS put_delta,
    sum(put_delta_known)::bigint AS put_delta_known,
    sum(put_gamma * put_gamma_known) / nullif(sum(put_gamma_known), 0) AS put_gamma,
    sum(put_gamma_known)::bigint AS put_gamma_known,
    sum(put_theta * put_theta_known) / nullif(sum(put_theta_known), 0) AS put_theta,
    sum(put_theta_known)::bigint AS put_theta_known,
    sum(put_vega * put_vega_known) / nullif(sum(put_vega_known), 0) AS put_vega,
    sum(put_vega_known)::bigint AS put_vega_known,
    sum(put_oi * put_oi_known) / nullif(sum(put_oi_known), 0) AS put_oi,
    sum(put_oi_known)::bigint AS put_oi_known,
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
-- Room for the next figures of each bar beside the last ones: no index is written again.
ALTER TABLE fo.moneyness_bars_15min SET (fillfactor = 50);
*/
