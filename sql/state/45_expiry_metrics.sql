-- The figures of each expiry's chain, as it was known at the last quote of each minute.
--
-- One row per (symbol, expiry, minute in which the symbol was quoted in a session). as_of is the
-- newest quote of the symbol in it, and what analytics.expiry_metrics answers at that instant is
-- this row; docs/metrics.md says what each figure is. legs are those that should be in the sums,
-- and known_legs, known_oi_legs and known_volume_legs those that are in the exposures, in OI and in
-- volume. Kept by ops.refresh_window on both engines.

CREATE TABLE fo.expiry_metrics (
    bucket_time timestamptz NOT NULL,
    symbol text NOT NULL,
    expiry date NOT NULL,
    as_of timestamptz NOT NULL,
    age interval,
    stamp_age interval,
    is_stale boolean,
    years double precision NOT NULL,
    underlying double precision,
    underlying_source text,
    forward double precision,
    forward_source text,
    basis double precision,
    atm_strike double precision,
    call_price double precision,
    put_price double precision,
    straddle double precision,
    atm_iv double precision,
    expected_move double precision,
    call_oi bigint,
    put_oi bigint,
    pcr_oi double precision,
    call_volume bigint,
    put_volume bigint,
    pcr_volume double precision,
    max_pain double precision,
    max_pain_payout double precision,
    support double precision,
    support_oi bigint,
    resistance double precision,
    resistance_oi bigint,
    call_oi_strike double precision,
    put_oi_strike double precision,
    oi_strike double precision,
    call_25_iv double precision,
    put_25_iv double precision,
    skew_25 double precision,
    butterfly_25 double precision,
    call_gex double precision,
    put_gex double precision,
    net_gex double precision,
    gex_flip double precision,
    call_wall double precision,
    put_wall double precision,
    net_dex double precision,
    net_vanna double precision,
    net_charm double precision,
    legs bigint,
    known_legs bigint,
    known_oi_legs bigint,
    known_volume_legs bigint,
    CONSTRAINT expiry_metrics_pkey PRIMARY KEY (symbol, expiry, bucket_time)
);

/*timescaledb
SELECT public.create_hypertable(
    'fo.expiry_metrics', public.by_range('bucket_time', interval '7 days'),
    create_default_indexes => FALSE
);
*/

CREATE INDEX expiry_metrics_symbol_bucket_time_idx ON fo.expiry_metrics (symbol, bucket_time);
