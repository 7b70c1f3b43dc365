-- The figures of each expiry's chain every 5 minutes: the last row of fo.expiry_metrics in each.

CREATE MATERIALIZED VIEW fo.expiry_metrics_5min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '5 minutes', bucket_time) AS bucket_time,
    symbol,
    expiry,
    last(as_of, bucket_time) AS as_of,
    last(age, bucket_time) AS age,
    last(stamp_age, bucket_time) AS stamp_age,
    last(is_stale, bucket_time) AS is_stale,
    last(years, bucket_time) AS years,
    last(underlying, bucket_time) AS underlying,
    last(underlying_source, bucket_time) AS underlying_source,
    last(forward, bucket_time) AS forward,
    last(forward_source, bucket_time) AS forward_source,
    last(basis, bucket_time) AS basis,
    last(atm_strike, bucket_time) AS atm_strike,
    last(call_price, bucket_time) AS call_price,
    last(put_price, bucket_time) AS put_price,
    last(straddle, bucket_time) AS straddle,
    last(atm_iv, bucket_time) AS atm_iv,
    last(expected_move, bucket_time) AS expected_move,
    last(call_oi, bucket_time) AS call_oi,
    last(put_oi, bucket_time) AS put_oi,
    last(pcr_oi, bucket_time) AS pcr_oi,
    last(call_volume, bucket_time) AS call_volume,
    last(put_volume, bucket_time) AS put_volume,
    last(pcr_volume, bucket_time) AS pcr_volume,
    last(max_pain, bucket_time) AS max_pain,
    last(max_pain_payout, bucket_time) AS max_pain_payout,
    last(support, bucket_time) AS support,
    last(support_oi, bucket_time) AS support_oi,
    last(resistance, bucket_time) AS resistance,
    last(resistance_oi, bucket_time) AS resistance_oi,
    last(call_oi_strike, bucket_time) AS call_oi_strike,
    last(put_oi_strike, bucket_time) AS put_oi_strike,
    last(oi_strike, bucket_time) AS oi_strike,
    last(call_25_iv, bucket_time) AS call_25_iv,
    last(put_25_iv, bucket_time) AS put_25_iv,
    last(skew_25, bucket_time) AS skew_25,
    last(butterfly_25, bucket_time) AS butterfly_25,
    last(call_gex, bucket_time) AS call_gex,
    last(put_gex, bucket_time) AS put_gex,
    last(net_gex, bucket_time) AS net_gex,
    last(gex_flip, bucket_time) AS gex_flip,
    last(call_wall, bucket_time) AS call_wall,
    last(put_wall, bucket_time) AS put_wall,
    last(net_dex, bucket_time) AS net_dex,
    last(net_vanna, bucket_time) AS net_vanna,
    last(net_charm, bucket_time) AS net_charm,
    last(legs, bucket_time) AS legs,
    last(known_legs, bucket_time) AS known_legs,
    last(known_oi_legs, bucket_time) AS known_oi_legs,
    last(known_volume_legs, bucket_time) AS known_volume_legs
FROM fo.expiry_metrics
GROUP BY 1, 2, 3
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.expiry_metrics_5min (symbol, expiry, bucket_time);
CREATE INDEX ON fo.expiry_metrics_5min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.expiry_metrics_5min ADD CONSTRAINT expiry_metrics_5min_pkey
PRIMARY KEY (symbol, expiry, bucket_time);
CREATE INDEX expiry_metrics_5min_symbol_bucket_time_idx
ON fo.expiry_metrics_5min (symbol, bucket_time);
*/
