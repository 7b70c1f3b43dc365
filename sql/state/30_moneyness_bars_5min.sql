-- 5-minute bars per moneyness level: the series that stays at the money as the money moves.
--
-- Prices, IV, Greeks and OI are averages over the bucket's quotes that stood at the level and knew
-- the figure; the column *_known beside an average counts them, so that coarser bars can weigh it.
-- volume and oi_change are sums of growths of the same contracts. Quotes without a level are left
-- out.

CREATE MATERIALIZED VIEW fo.moneyness_bars_5min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '5 minutes', quote_time) AS bucket_time,
    symbol,
    expiry,
    moneyness_level,
    count(*) AS quotes,
    avg(underlying) AS underlying,
    avg(call_ltp) AS call_ltp,
    count(call_ltp) AS call_ltp_known,
    avg(call_iv) AS call_iv,
    count(call_iv) AS call_iv_known,
    avg(call_delta) AS call_delta,
    count(call_delta) AS call_delta_known,
    avg(call_gamma) AS call_gamma,
    count(call_gamma) AS call_gamma_known,
    avg(call_theta) AS call_theta,
    count(call_theta) AS call_theta_known,
    avg(call_vega) AS call_vega,
    count(call_vega) AS call_vega_known,
    avg(call_oi::double precision) AS call_oi,
    count(call_oi) AS call_oi_known,
    sum(call_oi_growth)::bigint AS call_oi_change,
    sum(call_volume_growth)::bigint AS call_volume,
    avg(put_ltp) AS put_ltp,
    count(put_ltp) AS put_ltp_known,
    avg(put_iv) AS put_iv,
    count(put_iv) AS put_iv_known,
    avg(put_delta) AS put_delta,
    count(put_delta) AS put_delta_known,
    avg(put_gamma) AS put_gamma,
    count(put_gamma) AS put_gamma_known,
    avg(put_theta) AS put_theta,
    count(put_theta) AS put_theta_known,
    avg(put_vega) AS put_vega,
    count(put_vega) AS put_vega_known,
    avg(put_oi::double precision) AS put_oi,
    count(put_oi) AS put_oi_known,
    sum(put_oi_growth)::bigint AS put_oi_change,
    sum(put_volume_growth)::bigint AS put_volume
FROM fo.option_quote
WHERE in_session AND moneyness_level IS NOT NULL
GROUP BY 1, 2, 3, 4
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.moneyness_bars_5min (symbol, expiry, moneyness_level, bucket_time);
CREATE INDEX ON fo.moneyness_bars_5min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.moneyness_bars_5min ADD CONSTRAINT moneyness_bars_5min_pkey
PRIMARY KEY (symbol, expiry, moneyness_level, bucket_time);
CREATE INDEX moneyness_bars_5min_symbol_bucket_time_idx
ON fo.moneyness_bars_5min (symbol, bucket_time);
-- Room for the next figures of each bar beside the last ones: no index is written again.
ALTER TABLE fo.moneyness_bars_5min SET (fillfactor = 50);
*/
