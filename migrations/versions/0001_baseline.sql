-- The market: what was quoted, and what follows from it.

CREATE SCHEMA fo;
-- The work: what is installed, what is still to be refreshed, the events' counter.

CREATE SCHEMA job;
-- What this database was built for. One row, written by the upgrade.
--
-- logic_hash is that of the logic text as it was last built; NULL while logic is absent.

CREATE TABLE job.installation (
    engine text NOT NULL,
    made_extension boolean NOT NULL,
    logic_hash text,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT installation_pkey PRIMARY KEY (singleton),
    CONSTRAINT installation_singleton_check CHECK (singleton),
    CONSTRAINT installation_engine_check CHECK (engine IN ('postgres', 'timescaledb'))
);
-- Where each contract stands: what the next quote of it is derived from.
--
-- One row per (symbol, expiry, strike), both legs. quote_time is the newest quote of all,
-- live_time the newest of a session (NULL before the first). The other columns hold what
-- the session of the newest quote has reached: they spare ingest and the snapshot every
-- search for a newest row.

CREATE TABLE fo.contract (
    symbol text NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz NOT NULL,
    live_time timestamptz,
    session date NOT NULL,
    call_volume bigint,
    put_volume bigint,
    call_oi bigint,
    put_oi bigint,
    CONSTRAINT contract_pkey PRIMARY KEY (symbol, expiry, strike)
) WITH (fillfactor = 50);
-- An exchange and its regular hours, in its own time zone.
--
-- A contract dies at closes_at on its expiry day.

CREATE TABLE fo.exchange (
    exchange text NOT NULL,
    time_zone text NOT NULL,
    opens_at time NOT NULL,
    closes_at time NOT NULL,
    CONSTRAINT exchange_pkey PRIMARY KEY (exchange)
);

INSERT INTO fo.exchange (exchange, time_zone, opens_at, closes_at)
VALUES ('NSE', 'Asia/Kolkata', '09:15', '15:30');
-- A weekday on which an exchange does not open.
--
-- Filled by the jobs, a year at a time, before the first quote of that year is stored.

CREATE TABLE fo.holiday (
    exchange text NOT NULL,
    day date NOT NULL,
    name text NOT NULL,
    CONSTRAINT holiday_pkey PRIMARY KEY (exchange, day),
    CONSTRAINT holiday_exchange_fkey FOREIGN KEY (exchange) REFERENCES fo.exchange (exchange)
);
-- A symbol whose options are quoted, and its market clock.
--
-- clock is the newest quote_time accepted for the symbol, and what "now" means for it; NULL
-- before the first. The row is locked by whoever stores quotes of the symbol.

CREATE TABLE fo.instrument (
    symbol text NOT NULL,
    exchange text NOT NULL,
    clock timestamptz,
    CONSTRAINT instrument_pkey PRIMARY KEY (symbol),
    CONSTRAINT instrument_symbol_check CHECK (symbol ~ '^[A-Z0-9][A-Z0-9&_-]{0,31}$'),
    CONSTRAINT instrument_exchange_fkey FOREIGN KEY (exchange) REFERENCES fo.exchange (exchange)
);

INSERT INTO fo.instrument (symbol, exchange)
VALUES
('NIFTY', 'NSE'),
('BANKNIFTY', 'NSE'),
('FINNIFTY', 'NSE'),
('MIDCPNIFTY', 'NSE'),
('NIFTYNXT50', 'NSE');
-- One strike of one expiry as known at one instant, both legs.
--
-- Unknown is NULL, never 0. volume is cumulative for the session; volume and oi are in units
-- of the underlying. The growths are since the contract's previous known value of the session:
-- the first volume counts whole, the first OI counts 0. A leg marked as a drop-out is NULL
-- throughout; what it said is in fo.quote_dropout. forward is what IV is solved with: the
-- expiry's own parity forward, else the nearest expiry's (forward_source), carried at the rate.
-- iv_status says where an IV comes from, or why there is none; fed has a bit for each figure
-- that the feed brought: 1 iv, 2 delta, 4 gamma, 8 theta, 16 vega. session is the
-- exchange's date, and in_session says whether the exchange was open.

CREATE TABLE fo.option_quote (
    quote_time timestamptz NOT NULL,
    exchange_time timestamptz,
    symbol text NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    underlying double precision,
    underlying_source text,
    forward double precision,
    forward_source text,
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
    put_ltp double precision,
    put_bid double precision,
    put_ask double precision,
    put_bid_qty bigint,
    put_ask_qty bigint,
    put_volume bigint,
    put_oi bigint,
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
    session date NOT NULL,
    in_session boolean NOT NULL,
    CONSTRAINT option_quote_underlying_source_check
    CHECK (underlying_source IN ('feed', 'parity', 'other_expiry')),
    CONSTRAINT option_quote_forward_source_check
    CHECK (forward_source IN ('parity', 'other_expiry')),
    CONSTRAINT option_quote_pkey PRIMARY KEY (symbol, expiry, strike, quote_time)
) /*postgres PARTITION BY RANGE (quote_time) */; -- noqa: CV06

/*timescaledb
SELECT public.create_hypertable(
    'fo.option_quote', public.by_range('quote_time', interval '1 day'),
    create_default_indexes => FALSE
);
*/

CREATE INDEX option_quote_symbol_quote_time_idx ON fo.option_quote (symbol, quote_time);
-- What a leg said that was stored as unknown, because its volume had fallen.
--
-- One row per leg of a quote (leg is call or put). A late quote or a correction can make a
-- drop-out of a leg, or a leg of a drop-out, so nothing may be lost of it.

CREATE TABLE fo.quote_dropout (
    symbol text NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz NOT NULL,
    leg text NOT NULL,
    ltp double precision,
    bid double precision,
    ask double precision,
    bid_qty bigint,
    ask_qty bigint,
    volume bigint NOT NULL,
    oi bigint,
    iv double precision,
    delta double precision,
    gamma double precision,
    theta double precision,
    vega double precision,
    CONSTRAINT quote_dropout_leg_check CHECK (leg IN ('call', 'put')),
    CONSTRAINT quote_dropout_pkey PRIMARY KEY (symbol, expiry, strike, quote_time, leg)
);
-- A row that cannot be right, as it came, and why.

CREATE TABLE fo.quote_reject (
    id bigint GENERATED ALWAYS AS IDENTITY,
    rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    source text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    row text NOT NULL,
    CONSTRAINT quote_reject_pkey PRIMARY KEY (id)
);
-- 1-minute bars of both premiums, per strike.
--
-- Only quotes of a session enter. bid, ask, iv, oi, underlying and moneyness_level are the last
-- known of the bar; volume and oi_change are sums of growths, so that bars add up to the day.

CREATE MATERIALIZED VIEW fo.option_strike_bars_1min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    time_bucket(
        interval '1 minute', quote_time, timestamptz '2000-01-01 03:45:00+00'
    ) AS bucket_time,
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
CREATE INDEX ON fo.option_strike_bars_1min (symbol, expiry, strike, bucket_time);
CREATE INDEX ON fo.option_strike_bars_1min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.option_strike_bars_1min ADD CONSTRAINT option_strike_bars_1min_pkey
PRIMARY KEY (symbol, expiry, strike, bucket_time);
CREATE INDEX option_strike_bars_1min_symbol_bucket_time_idx
ON fo.option_strike_bars_1min (symbol, bucket_time);
*/
-- 5-minute bars per moneyness level: the series that stays at the money as the money moves.
--
-- Prices, IV and OI are averages over the bucket's quotes that stood at the level; volume and
-- oi_change are sums of growths of the same contracts. Quotes without a level are left out.

CREATE MATERIALIZED VIEW fo.moneyness_bars_5min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    time_bucket(
        interval '5 minutes', quote_time, timestamptz '2000-01-01 03:45:00+00'
    ) AS bucket_time,
    symbol,
    expiry,
    moneyness_level,
    count(*) AS quotes,
    avg(underlying) AS underlying,
    avg(call_ltp) AS call_ltp,
    avg(call_iv) AS call_iv,
    avg(call_oi::double precision) AS call_oi,
    sum(call_oi_growth)::bigint AS call_oi_change,
    sum(call_volume_growth)::bigint AS call_volume,
    avg(put_ltp) AS put_ltp,
    avg(put_iv) AS put_iv,
    avg(put_oi::double precision) AS put_oi,
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
*/
-- 5-minute bars of both premiums, per strike, from the 1-minute bars.

CREATE MATERIALIZED VIEW fo.option_strike_bars_5min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    time_bucket(
        interval '5 minutes', bucket_time, timestamptz '2000-01-01 03:45:00+00'
    ) AS bucket_time,
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
CREATE INDEX ON fo.option_strike_bars_5min (symbol, expiry, strike, bucket_time);
CREATE INDEX ON fo.option_strike_bars_5min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.option_strike_bars_5min ADD CONSTRAINT option_strike_bars_5min_pkey
PRIMARY KEY (symbol, expiry, strike, bucket_time);
CREATE INDEX option_strike_bars_5min_symbol_bucket_time_idx
ON fo.option_strike_bars_5min (symbol, bucket_time);
*/
-- The rollups, what each reads, and the width of its buckets.
--
-- All share one origin (2000-01-01 03:45 UTC, which is 09:15 IST), or they would not stack.

CREATE TABLE job.rollup (
    rollup text NOT NULL,
    source text NOT NULL,
    width interval NOT NULL,
    place integer NOT NULL,
    CONSTRAINT rollup_pkey PRIMARY KEY (rollup)
);

INSERT INTO job.rollup (rollup, source, width, place)
VALUES
('option_strike_bars_1min', 'option_quote', '1 minute', 1),
('option_strike_bars_5min', 'option_strike_bars_1min', '5 minutes', 2),
('option_strike_bars_15min', 'option_strike_bars_5min', '15 minutes', 3),
('moneyness_bars_5min', 'option_quote', '5 minutes', 4);
-- A bucket of a rollup whose source changed since it was last refreshed.
--
-- Written in the transaction that changed the source, deleted in the one that announces the
-- refresh: a refresh that dies in between is done again. Only ever appended to, so that no
-- writer waits for a refresh; the same bucket may stand here many times.

CREATE TABLE job.stale_bucket (
    id bigint GENERATED ALWAYS AS IDENTITY,
    rollup text NOT NULL,
    symbol text NOT NULL,
    bucket_time timestamptz NOT NULL,
    CONSTRAINT stale_bucket_pkey PRIMARY KEY (id)
);
-- 15-minute bars of both premiums, per strike, from the 5-minute bars.

CREATE MATERIALIZED VIEW fo.option_strike_bars_15min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    time_bucket(
        interval '15 minutes', bucket_time, timestamptz '2000-01-01 03:45:00+00'
    ) AS bucket_time,
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
FROM fo.option_strike_bars_5min
GROUP BY 1, 2, 3, 4
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.option_strike_bars_15min (symbol, expiry, strike, bucket_time);
CREATE INDEX ON fo.option_strike_bars_15min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.option_strike_bars_15min ADD CONSTRAINT option_strike_bars_15min_pkey
PRIMARY KEY (symbol, expiry, strike, bucket_time);
CREATE INDEX option_strike_bars_15min_symbol_bucket_time_idx
ON fo.option_strike_bars_15min (symbol, bucket_time);
*/
-- The newest row of every contract that is alive by its market clock.
--
-- One row per (timeframe, symbol, expiry, strike). timeframe live is the newest quote of a
-- session: volume is cumulative, and growths are since the quote before. 1min, 5min and 15min
-- are the newest bar: quote_time is its bucket_time, ltp its close, volume its own. What a
-- timeframe does not have is NULL. No column is volatile, or CONCURRENTLY would rewrite every
-- row: age is computed by the views that read this.
--
-- Every row is fetched by its whole key or by one step into an index, so the cost is that of
-- the living contracts, whatever the history. LIMIT keeps the planner from joining instead.

CREATE MATERIALIZED VIEW fo.latest_snapshot AS
WITH alive AS (
    SELECT
        contract.symbol,
        contract.expiry,
        contract.strike,
        contract.live_time
    FROM fo.instrument AS instrument
    INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
    INNER JOIN fo.contract AS contract ON instrument.symbol = contract.symbol
    WHERE
        contract.live_time IS NOT NULL
        AND contract.expiry >= (instrument.clock AT TIME ZONE exchange.time_zone)::date
        AND (contract.expiry + exchange.closes_at) AT TIME ZONE exchange.time_zone
        > instrument.clock
)

SELECT
    'live' AS timeframe,
    alive.symbol,
    alive.expiry,
    alive.strike,
    quote.quote_time,
    quote.exchange_time,
    quote.underlying,
    quote.underlying_source,
    quote.forward,
    quote.forward_source,
    quote.strike_gap,
    quote.moneyness_level,
    quote.call_moneyness,
    quote.put_moneyness,
    NULL::bigint AS quotes,
    quote.call_ltp,
    NULL::double precision AS call_open,
    NULL::double precision AS call_high,
    NULL::double precision AS call_low,
    NULL::double precision AS call_close,
    quote.call_bid,
    quote.call_ask,
    quote.call_bid_qty,
    quote.call_ask_qty,
    quote.call_volume,
    quote.call_oi,
    quote.call_iv,
    quote.call_iv_status,
    quote.call_delta,
    quote.call_gamma,
    quote.call_theta,
    quote.call_vega,
    quote.call_fed,
    NULL::bigint AS call_oi_change,
    quote.call_volume_growth,
    quote.call_oi_growth,
    quote.call_dropout,
    quote.put_ltp,
    NULL::double precision AS put_open,
    NULL::double precision AS put_high,
    NULL::double precision AS put_low,
    NULL::double precision AS put_close,
    quote.put_bid,
    quote.put_ask,
    quote.put_bid_qty,
    quote.put_ask_qty,
    quote.put_volume,
    quote.put_oi,
    quote.put_iv,
    quote.put_iv_status,
    quote.put_delta,
    quote.put_gamma,
    quote.put_theta,
    quote.put_vega,
    quote.put_fed,
    NULL::bigint AS put_oi_change,
    quote.put_volume_growth,
    quote.put_oi_growth,
    quote.put_dropout,
    quote.session,
    quote.in_session
FROM alive
CROSS JOIN
    LATERAL (
        SELECT source.*
        FROM fo.option_quote AS source
        WHERE
            source.symbol = alive.symbol
            AND source.expiry = alive.expiry
            AND source.strike = alive.strike
            AND source.quote_time = alive.live_time
        LIMIT 1
    ) AS quote
UNION ALL
SELECT
    bar.timeframe,
    alive.symbol,
    alive.expiry,
    alive.strike,
    bar.bucket_time,
    NULL::timestamptz,
    bar.underlying,
    NULL::text,
    NULL::double precision,
    NULL::text,
    NULL::double precision,
    bar.moneyness_level,
    NULL::text,
    NULL::text,
    bar.quotes,
    bar.call_close AS call_ltp,
    bar.call_open,
    bar.call_high,
    bar.call_low,
    bar.call_close,
    bar.call_bid,
    bar.call_ask,
    NULL::bigint,
    NULL::bigint,
    bar.call_volume,
    bar.call_oi,
    bar.call_iv,
    NULL::text,
    NULL::double precision,
    NULL::double precision,
    NULL::double precision,
    NULL::double precision,
    NULL::smallint,
    bar.call_oi_change,
    NULL::bigint,
    NULL::bigint,
    NULL::boolean,
    bar.put_close AS put_ltp,
    bar.put_open,
    bar.put_high,
    bar.put_low,
    bar.put_close,
    bar.put_bid,
    bar.put_ask,
    NULL::bigint,
    NULL::bigint,
    bar.put_volume,
    bar.put_oi,
    bar.put_iv,
    NULL::text,
    NULL::double precision,
    NULL::double precision,
    NULL::double precision,
    NULL::double precision,
    NULL::smallint,
    bar.put_oi_change,
    NULL::bigint,
    NULL::bigint,
    NULL::boolean,
    NULL::date,
    NULL::boolean
FROM alive
CROSS JOIN LATERAL (
    (
        SELECT
            '1min' AS timeframe,
            source.*
        FROM fo.option_strike_bars_1min AS source
        WHERE
            source.symbol = alive.symbol
            AND source.expiry = alive.expiry
            AND source.strike = alive.strike
            AND source.bucket_time <= alive.live_time
        ORDER BY source.bucket_time DESC
        LIMIT 1
    )
    UNION ALL
    (
        SELECT
            '5min' AS timeframe,
            source.*
        FROM fo.option_strike_bars_5min AS source
        WHERE
            source.symbol = alive.symbol
            AND source.expiry = alive.expiry
            AND source.strike = alive.strike
            AND source.bucket_time <= alive.live_time
        ORDER BY source.bucket_time DESC
        LIMIT 1
    )
    UNION ALL
    (
        SELECT
            '15min' AS timeframe,
            source.*
        FROM fo.option_strike_bars_15min AS source
        WHERE
            source.symbol = alive.symbol
            AND source.expiry = alive.expiry
            AND source.strike = alive.strike
            AND source.bucket_time <= alive.live_time
        ORDER BY source.bucket_time DESC
        LIMIT 1
    )
) AS bar;

CREATE UNIQUE INDEX latest_snapshot_key ON fo.latest_snapshot (timeframe, symbol, expiry, strike);
-- Which state of the market fo.latest_snapshot shows. One row.
--
-- event_id is the newest event whose change the snapshot includes. announced is false from the
-- refresh until its own event is written.

CREATE TABLE fo.snapshot_version (
    version bigint NOT NULL DEFAULT 0,
    event_id bigint NOT NULL DEFAULT 0,
    refreshed_at timestamptz,
    announced boolean NOT NULL DEFAULT TRUE,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT snapshot_version_pkey PRIMARY KEY (singleton),
    CONSTRAINT snapshot_version_singleton_check CHECK (singleton)
);

INSERT INTO fo.snapshot_version DEFAULT VALUES;
-- What changed for a reader, in commit order, byte for byte as NOTIFY carried it.
--
-- payload is json and not jsonb, because jsonb would not keep the bytes.

CREATE TABLE fo.event (
    id bigint NOT NULL,
    epoch text NOT NULL,
    topic text NOT NULL,
    symbol text,
    expiry date,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    payload json NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (id),
    CONSTRAINT event_topic_check
    CHECK (topic IN ('chain', 'snapshot', 'rollup', 'metrics', 'task', 'ops'))
);
-- The id of the newest event. One row, updated as a writing transaction's last act.
--
-- Its lock is held until the writer ends, so ids are contiguous and in commit order: a
-- sequence leaves holes, and max(id) + 1 gives one id twice. generation is raised by hand when
-- a database is to count as another one (see ops.epoch). change_id is the newest event after which
-- fo.latest_snapshot is to be refreshed.

CREATE TABLE job.event_counter (
    last_id bigint NOT NULL DEFAULT 0,
    change_id bigint NOT NULL DEFAULT 0,
    generation integer NOT NULL DEFAULT 0,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT event_counter_pkey PRIMARY KEY (singleton),
    CONSTRAINT event_counter_singleton_check CHECK (singleton)
) WITH (fillfactor = 10);

INSERT INTO job.event_counter DEFAULT VALUES;
