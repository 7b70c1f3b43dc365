-- One strike of one expiry as known at one instant, both legs.
--
-- Unknown is NULL, never 0. volume is cumulative for the session; volume and oi are in units of
-- the underlying. The growths are since the contract's previous known value of the session: the
-- first volume counts whole, the first OI counts 0. A leg marked as a drop-out is NULL throughout;
-- where volume_doubted, volume is what the session had reached; what the feed said is in
-- fo.quote_dropout. prev_oi is the feed's OI of the session before. underlying and forward, which
-- IV is solved with, are one for the whole chain; their sources say where they come from
-- (docs/metrics.md), and fed_underlying and fed_forward are what the row itself brought. iv_status
-- says where an IV comes from, or why there is none; fed has a bit for each figure that the feed
-- brought: 1 iv, 2 delta, 4 gamma, 8 theta, 16 vega. session is the exchange's date, and
-- in_session says whether the exchange was open.

CREATE TABLE fo.option_quote (
    quote_time timestamptz NOT NULL,
    exchange_time timestamptz,
    symbol text NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    underlying double precision,
    underlying_source text,
    fed_underlying double precision,
    forward double precision,
    forward_source text,
    fed_forward double precision,
    strike_gap double precision,
    moneyness_level integer,
    call_moneyness text,
    put_moneyness text,
    call_ltp double precision,
    call_bid double precision,
    call_ask double precision,
    call_bid_qty bigint,
    call_ask_qty bigint,
    call_volume bigint,
    call_oi bigint,
    call_prev_oi bigint,
    call_iv double precision,
    call_iv_status text,
    call_delta double precision,
    call_gamma double precision,
    call_theta double precision,
    call_vega double precision,
    call_fed smallint NOT NULL DEFAULT 0,
    call_volume_growth bigint,
    call_oi_growth bigint,
    call_dropout boolean NOT NULL,
    call_volume_doubted boolean NOT NULL,
    put_ltp double precision,
    put_bid double precision,
    put_ask double precision,
    put_bid_qty bigint,
    put_ask_qty bigint,
    put_volume bigint,
    put_oi bigint,
    put_prev_oi bigint,
    put_iv double precision,
    put_iv_status text,
    put_delta double precision,
    put_gamma double precision,
    put_theta double precision,
    put_vega double precision,
    put_fed smallint NOT NULL DEFAULT 0,
    put_volume_growth bigint,
    put_oi_growth bigint,
    put_dropout boolean NOT NULL,
    put_volume_doubted boolean NOT NULL,
    session date NOT NULL,
    in_session boolean NOT NULL,
    CONSTRAINT option_quote_underlying_source_check
    CHECK (underlying_source IN ('feed', 'carried', 'parity')),
    CONSTRAINT option_quote_forward_source_check
    CHECK (forward_source IN ('feed', 'parity', 'last', 'underlying', 'other_expiry')),
    CONSTRAINT option_quote_pkey PRIMARY KEY (symbol, expiry, strike, quote_time)
) /*postgres PARTITION BY RANGE (quote_time) */; -- noqa: CV06

/*timescaledb
SELECT public.create_hypertable(
    'fo.option_quote', public.by_range('quote_time', interval '1 day'),
    create_default_indexes => FALSE
);

-- Chunks are compressed by jobs/storage/columnstore.py, and not by TimescaleDB's own policy.
ALTER TABLE fo.option_quote SET (
    timescaledb.enable_columnstore,
    timescaledb.segmentby = 'symbol, expiry',
    timescaledb.orderby = 'strike, quote_time'
);
*/

CREATE INDEX option_quote_symbol_quote_time_idx ON fo.option_quote (symbol, quote_time);
