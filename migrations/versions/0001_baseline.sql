-- The market: what was quoted, and what follows from it.

CREATE SCHEMA fo;
-- The work: what is installed, what is still to be refreshed, the events' counter.

CREATE SCHEMA job;
-- What this database was built for. One row, written by the upgrade.
--
-- channel is what events are notified on: Postgres lets everybody listen to anything, so it is the
-- owner's secret. cookie_secret is what the api signs cookies with, the same for all its processes:
-- 244 random bits. state_hash is that of the state text that the database was built from, and
-- logic_hash that of the logic text as it was last built; NULL while logic is absent.
-- definitions has the hash of each rollup's text, of new ones too, and that of fo.latest_snapshot;
-- state_hash leaves these texts out: such a relation can be replaced (db/install/replace.py).
-- grants_hash is that of what our roles were granted then (sql/queries/grants.sql).

CREATE TABLE job.installation (
    engine text NOT NULL,
    made_extension boolean NOT NULL,
    channel text NOT NULL DEFAULT 'pgstrike_' || substr(md5(gen_random_uuid()::text), 1, 16),
    cookie_secret text NOT NULL
    DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
    state_hash text NOT NULL,
    definitions jsonb NOT NULL,
    logic_hash text,
    grants_hash text,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT installation_pkey PRIMARY KEY (singleton),
    CONSTRAINT installation_singleton_check CHECK (singleton),
    CONSTRAINT installation_engine_check CHECK (engine IN ('postgres', 'timescaledb'))
);
-- What this database is an edge of: one row, written by `pgstrike edge add`; else none.
--
-- An edge gets its tables from another database, the primary, by logical replication, and nobody
-- else writes to them (ops.guard_edge). It is ready once all that was there is copied. subscription
-- is also the name of the slot on the primary. epoch is the primary's, until an event says it;
-- version is that of the newest snapshot that the primary announced.
CREATE TABLE job.edge (
    primary_name text NOT NULL,
    subscription text NOT NULL,
    epoch text NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    is_ready boolean NOT NULL DEFAULT FALSE,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT edge_pkey PRIMARY KEY (singleton),
    CONSTRAINT edge_singleton_check CHECK (singleton)
) WITH (fillfactor = 10);
-- The lock of a refresh of the rollups: two at once would meet in the same rows.
--
-- Whoever refreshes holds it by LOCK TABLE (db/lock.py). Readers have no right on it, so they
-- cannot take it, as they could take an advisory lock. It is a view because nothing ever has to
-- vacuum a view: a table that is locked for weeks could not be frozen.

CREATE VIEW job.refresh_lock AS
SELECT TRUE AS is_lock;
-- The lock of a refresh of fo.latest_snapshot (see job.refresh_lock, which is that of the rollups).

CREATE VIEW job.snapshot_lock AS
SELECT TRUE AS is_lock;
-- The start of the bucket that an instant lies in: where every rollup's buckets begin.
--
-- The one place that has their origin, 22:45 UTC: with another one each, rollups would not stack.
-- Up to an hour that is the grid of 09:15 IST, and no session of NSE, BSE, MCX, CDS or New York
-- crosses it: a day's bucket holds one session. Plain SQL, so that it is inlined; a continuous
-- aggregate gets TimescaleDB's time_bucket instead (db/install/render.py).

CREATE FUNCTION fo.bucket_start(p_width interval, p_time timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT date_bin(p_width, p_time, timestamptz '2000-01-01 22:45:00+00');
$$;
-- The topics of events.

CREATE FUNCTION fo.topics() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT ARRAY['chain', 'snapshot', 'rollup', 'metrics', 'task', 'ops', 'alert', 'prediction'];
$$;
-- Which sessions have quotes that were made of a broker's candles, and not recorded.
--
-- One row for each session of a symbol and source. Such a quote is that of the last second of its
-- minute, and has no bid, ask or exchange_time. quotes counts those that were new. Written by the
-- task `backfill`, in the transaction that stores the quotes.

CREATE TABLE job.backfill (
    symbol text NOT NULL,
    session date NOT NULL,
    source text NOT NULL,
    quotes bigint NOT NULL,
    filled_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT backfill_pkey PRIMARY KEY (symbol, session, source)
);
-- Where each contract stands: what the next quote of it is derived from.
--
-- One row per (symbol, expiry, strike), both legs. quote_time is the newest quote of all,
-- live_time the newest of a session (NULL before the first). The other columns hold what
-- the session of the newest quote has reached: they spare ingest and the snapshot every
-- search for a newest row. call_falls and put_falls count the volumes that fell since one was
-- last believed (see ops.judge_volumes). delisted_at is when an instrument list no longer had the
-- contract, in market time; NULL again once it is quoted later. See also
-- fo.instrument.listed_since. No quote is of a session before first_session: it bounds searches,
-- and stays where quotes are deleted.

CREATE TABLE fo.contract (
    symbol text NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    quote_time timestamptz NOT NULL,
    live_time timestamptz,
    session date NOT NULL,
    first_session date NOT NULL,
    delisted_at timestamptz,
    call_volume bigint,
    put_volume bigint,
    call_oi bigint,
    put_oi bigint,
    call_falls integer NOT NULL DEFAULT 0,
    put_falls integer NOT NULL DEFAULT 0,
    CONSTRAINT contract_pkey PRIMARY KEY (symbol, expiry, strike)
) WITH (fillfactor = 50);
-- The terms of the contracts of one expiry, from a time on: units per lot, tick, currency.
--
-- From an instrument list, or from `--lot SYMBOL:EXPIRY=N` (source option). They go before
-- fo.lot_revision. What always held is since 2000: drivers cannot read -infinity. volume and oi
-- are whole multiples of unit, 1 but for coins. Strikes of one expiry have the same terms.

CREATE TABLE fo.contract_terms (
    symbol text NOT NULL,
    expiry date NOT NULL,
    since timestamptz NOT NULL DEFAULT '2000-01-01T00:00Z',
    lot integer NOT NULL,
    unit double precision NOT NULL DEFAULT 1,
    tick double precision,
    currency text,
    source text NOT NULL,
    CONSTRAINT contract_terms_pkey PRIMARY KEY (symbol, expiry, since),
    CONSTRAINT contract_terms_lot_check CHECK (lot > 0),
    CONSTRAINT contract_terms_unit_check CHECK (unit > 0),
    CONSTRAINT contract_terms_tick_check CHECK (tick > 0)
);

INSERT INTO fo.contract_terms (symbol, expiry, lot, source)
VALUES
('NIFTY', '2025-01-30', 25, 'NSE circular of 2024-10-18, monthly contracts listed before'),
('BANKNIFTY', '2025-01-29', 15, 'NSE circular of 2024-10-18, monthly contracts listed before'),
('BANKNIFTY', '2025-01-30', 15, 'NSE circular of 2024-10-18, monthly contracts listed before');
-- An exchange, its time zone and its regular hours there.
--
-- The hours are those before the first row of fo.exchange_hours. Where opens_at is not before
-- closes_at, a session opens the day before its date. days are ISO weekdays. expiry_time is when
-- contracts expire on their day, where that is before the last close. A continuous exchange never
-- closes. calendar is whose holidays it keeps, as the package `holidays` calls it; NULL: none.
-- currency is that of its prices; NULL where contracts differ (fo.contract_terms).

CREATE TABLE fo.exchange (
    exchange text NOT NULL,
    time_zone text NOT NULL,
    opens_at time NOT NULL,
    closes_at time NOT NULL,
    days integer[] NOT NULL DEFAULT '{1,2,3,4,5}',
    expiry_time time,
    is_continuous boolean NOT NULL DEFAULT FALSE,
    calendar text,
    currency text,
    CONSTRAINT exchange_pkey PRIMARY KEY (exchange)
);

INSERT INTO fo.exchange (
    exchange, time_zone, opens_at, closes_at, days, expiry_time, is_continuous, calendar,
    currency
)
VALUES
('NSE', 'Asia/Kolkata', '09:15', '15:30', DEFAULT, NULL, FALSE, 'XNSE', 'INR'),
('BSE', 'Asia/Kolkata', '09:15', '15:30', DEFAULT, NULL, FALSE, 'XBOM', 'INR'),
('CDS', 'Asia/Kolkata', '09:00', '17:00', DEFAULT, NULL, FALSE, 'XNSE', 'INR'),
('MCX', 'Asia/Kolkata', '09:00', '23:55', DEFAULT, NULL, FALSE, 'XNSE', 'INR'),
('XCBO', 'America/New_York', '09:30', '16:15', DEFAULT, '16:00', FALSE, 'XNYS', 'USD'),
('DERIBIT', 'UTC', '22:45', '22:45', '{1,2,3,4,5,6,7}', '08:00', TRUE, NULL, NULL);
-- The regular hours of an exchange from a date on, until the next row's.
--
-- NSE and BSE: the closing auction of shares moved the close of their options. MCX closes later
-- while New York keeps winter time.

CREATE TABLE fo.exchange_hours (
    exchange text NOT NULL,
    since date NOT NULL,
    opens_at time NOT NULL,
    closes_at time NOT NULL,
    days integer[] NOT NULL DEFAULT '{1,2,3,4,5}',
    CONSTRAINT exchange_hours_pkey PRIMARY KEY (exchange, since),
    CONSTRAINT exchange_hours_exchange_fkey FOREIGN KEY (exchange)
    REFERENCES fo.exchange (exchange) ON DELETE CASCADE
);

INSERT INTO fo.exchange_hours (exchange, since, opens_at, closes_at)
VALUES
('NSE', '2026-08-03', '09:15', '15:40'),
('BSE', '2026-08-03', '09:15', '15:40'),
('MCX', '2023-03-13', '09:00', '23:30'),
('MCX', '2023-11-06', '09:00', '23:55'),
('MCX', '2024-03-11', '09:00', '23:30'),
('MCX', '2024-11-04', '09:00', '23:55'),
('MCX', '2025-03-10', '09:00', '23:30'),
('MCX', '2025-11-03', '09:00', '23:55'),
('MCX', '2026-03-09', '09:00', '23:30'),
('MCX', '2026-11-02', '09:00', '23:55'),
('MCX', '2027-03-15', '09:00', '23:30'),
('MCX', '2027-11-08', '09:00', '23:55');
-- When the contracts of an expiry expire.
--
-- One row for each expiry of a symbol that has a quote. is_given: somebody said so, a list of
-- instruments or a feed; else it follows from fo.session (ops.expires_at), and changes with it.

CREATE TABLE fo.expiry (
    symbol text NOT NULL,
    expiry date NOT NULL,
    expires_at timestamptz NOT NULL,
    is_given boolean NOT NULL DEFAULT FALSE,
    CONSTRAINT expiry_pkey PRIMARY KEY (symbol, expiry)
);
-- A symbol whose options are quoted, and its market clock.
--
-- clock is the newest quote_time accepted for the symbol, and what "now" means for it; NULL before
-- the first. One wrong quote does not move it for good: it is the newest that has another snapshot
-- within 7 days (see ops.find_ahead); the very first counts alone, until has_company. rate is the
-- interest rate, continuously compounded, per year, that its newest quotes were priced with.
-- source_kind is what its quotes are, real or simulated, once it has any: the two never mix. tick
-- is the smallest step of its options' prices: a market two ticks wide is never too wide to be
-- priced. underlying_kind says whether its feed has one underlying for the symbol or one for each
-- expiry; set it before the first quote. volume_kind says whether its feed's volume is that of the
-- session so far, or another one (of 24 hours); oi_kind whether its OI is that of now, or of
-- yesterday. Growth of another volume, or of yesterday's OI, is unknown. exercise_style is that of
-- its options, NULL where nobody has said it: an IV that we solve takes them for European. moved_at
-- is the newest time that its data is of, by the exchange's stamps (ops.note_moves); stale_since
-- the same while it stands still in a session by the wall clock, else NULL. listed_since is the
-- time of the third newest whole chain: a contract that was not quoted in a session since then is
-- delisted; NULL before the third. raw_floor is a session's start: quotes of before are sealed, and
-- may be gone (ops.seal_session); NULL keeps all. A writer of the symbol's quotes locks the row.

CREATE TABLE fo.instrument (
    symbol text NOT NULL,
    exchange text NOT NULL,
    clock timestamptz,
    has_company boolean NOT NULL DEFAULT FALSE,
    rate double precision,
    source_kind text,
    tick double precision NOT NULL DEFAULT 0.05,
    underlying_kind text NOT NULL DEFAULT 'symbol',
    volume_kind text NOT NULL DEFAULT 'session',
    oi_kind text NOT NULL DEFAULT 'now',
    exercise_style text,
    moved_at timestamptz,
    stale_since timestamptz,
    listed_since timestamptz,
    raw_floor timestamptz,
    CONSTRAINT instrument_pkey PRIMARY KEY (symbol),
    CONSTRAINT instrument_symbol_check CHECK (symbol ~ '^[A-Z0-9^.][A-Z0-9&._^-]{0,31}$'),
    CONSTRAINT instrument_tick_check CHECK (tick > 0),
    CONSTRAINT instrument_underlying_kind_check CHECK (underlying_kind IN ('symbol', 'expiry')),
    CONSTRAINT instrument_volume_kind_check CHECK (volume_kind IN ('session', 'other')),
    CONSTRAINT instrument_oi_kind_check CHECK (oi_kind IN ('now', 'yesterday')),
    CONSTRAINT instrument_exercise_style_check
    CHECK (exercise_style IN ('european', 'american')),
    CONSTRAINT instrument_source_kind_check CHECK (source_kind IN ('real', 'simulated')),
    CONSTRAINT instrument_raw_floor_check
    CHECK (raw_floor = fo.bucket_start(interval '1 day', raw_floor)),
    CONSTRAINT instrument_exchange_fkey FOREIGN KEY (exchange) REFERENCES fo.exchange (exchange)
);

INSERT INTO fo.instrument (symbol, exchange)
VALUES
('NIFTY', 'NSE'),
('BANKNIFTY', 'NSE'),
('FINNIFTY', 'NSE'),
('MIDCPNIFTY', 'NSE'),
('NIFTYNXT50', 'NSE');
-- When a symbol's quotes of a past day were last written to: a chunk of fo.option_quote.
--
-- On TimescaleDB such a chunk is in row form, and is compressed again when it was left alone for a
-- while (ops.cold_chunks). from_time is the chunk's start. Written by ops.open_chunks, and deleted
-- by the job that compresses (jobs/storage/columnstore.py).

CREATE TABLE job.late_write (
    symbol text NOT NULL,
    from_time timestamptz NOT NULL,
    written_at timestamptz NOT NULL,
    CONSTRAINT late_write_pkey PRIMARY KEY (symbol, from_time)
);
-- Units per lot that an exchange has set for an expiry and all later ones, from a time on.
--
-- Of several rows that hold for a contract, that of the latest first_expiry counts, and of these
-- the newest. So one revision has a row for the expiries that are listed with the new lot, and two
-- for long-dated ones that were listed before and change on a day. Correct or add rows with SQL.

CREATE TABLE fo.lot_revision (
    symbol text NOT NULL,
    first_expiry date NOT NULL,
    since timestamptz NOT NULL,
    lot integer NOT NULL,
    source text NOT NULL,
    CONSTRAINT lot_revision_pkey PRIMARY KEY (symbol, first_expiry, since),
    CONSTRAINT lot_revision_lot_check CHECK (lot > 0)
);

INSERT INTO fo.lot_revision (symbol, first_expiry, since, lot, source)
VALUES
('NIFTY', '2023-05-01', '2000-01-01T00:00Z', 50, 'NSE, lots from 2023-04-28 on'),
('NIFTY', '2024-05-02', '2024-04-26T00:00+05:30', 25, 'NSE circular of 2024-04-02'),
('NIFTY', '2025-01-02', '2024-11-20T00:00+05:30', 75, 'NSE circular of 2024-10-18'),
('NIFTY', '2025-03-01', '2024-04-26T00:00+05:30', 25, 'NSE circular of 2024-04-02'),
('NIFTY', '2025-03-01', '2024-12-26T15:30+05:30', 75, 'NSE circular of 2024-10-18'),
('NIFTY', '2025-12-31', '2025-10-28T15:30+05:30', 65, 'NSE/FAOP/70616'),
('NIFTY', '2026-03-01', '2025-10-28T15:30+05:30', 75, 'NSE/FAOP/70616'),
('NIFTY', '2026-03-01', '2025-12-30T15:30+05:30', 65, 'NSE/FAOP/70616'),
('BANKNIFTY', '2023-07-21', '2023-06-30T15:30+05:30', 15, 'NSE, lots from 2023-04-28 on'),
('BANKNIFTY', '2025-02-01', '2024-11-20T00:00+05:30', 30, 'NSE circular of 2024-10-18'),
('BANKNIFTY', '2025-03-01', '2024-11-20T00:00+05:30', 15, 'NSE circular of 2024-10-18'),
('BANKNIFTY', '2025-03-01', '2024-12-24T15:30+05:30', 30, 'NSE circular of 2024-10-18'),
('BANKNIFTY', '2025-07-01', '2025-04-24T15:30+05:30', 35, 'NSE circular of 2025-03-28'),
('BANKNIFTY', '2025-12-31', '2025-10-28T15:30+05:30', 30, 'NSE/FAOP/70616'),
('BANKNIFTY', '2026-03-01', '2025-10-28T15:30+05:30', 35, 'NSE/FAOP/70616'),
('BANKNIFTY', '2026-03-01', '2025-12-30T15:30+05:30', 30, 'NSE/FAOP/70616'),
('FINNIFTY', '2023-05-01', '2000-01-01T00:00Z', 40, 'NSE, lots from 2023-04-28 on'),
('FINNIFTY', '2024-07-30', '2024-04-26T00:00+05:30', 25, 'NSE circular of 2024-04-02'),
('FINNIFTY', '2025-02-01', '2024-11-20T00:00+05:30', 65, 'NSE circular of 2024-10-18'),
('FINNIFTY', '2025-12-31', '2025-10-28T15:30+05:30', 60, 'NSE/FAOP/70616'),
('MIDCPNIFTY', '2023-05-01', '2000-01-01T00:00Z', 75, 'NSE, lots from 2023-04-28 on'),
('MIDCPNIFTY', '2024-07-29', '2024-04-26T00:00+05:30', 50, 'NSE circular of 2024-04-02'),
('MIDCPNIFTY', '2025-02-01', '2024-11-20T00:00+05:30', 120, 'NSE circular of 2024-10-18'),
('MIDCPNIFTY', '2025-07-01', '2025-04-24T15:30+05:30', 140, 'NSE circular of 2025-03-28'),
('MIDCPNIFTY', '2025-12-31', '2025-10-28T15:30+05:30', 120, 'NSE/FAOP/70616'),
('NIFTYNXT50', '2025-04-01', '2000-01-01T00:00Z', 25, 'NSE circular of 2025-03-28');
-- When changes of each symbol's chains were committed, by the wall clock.
--
-- One row per symbol with an event of its chains. recent holds the newest 17 times, in order: their
-- usual distance is the pace of the feed (ops.usual_gap). Written by ops.note_commits.

CREATE TABLE fo.market_commit (
    symbol text NOT NULL,
    committed_at timestamptz NOT NULL,
    recent timestamptz[] NOT NULL,
    CONSTRAINT market_commit_pkey PRIMARY KEY (symbol)
) WITH (fillfactor = 50);
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
-- The days (UTC) that fo.option_quote has a partition for, on plain PostgreSQL.
--
-- Partitions are made, emptied and dropped by statements that no edge is sent. These rows are sent,
-- in the same transaction and before the quotes, and a trigger of the edge does what they say.
-- emptied_at is when all quotes but the newest were dropped.
CREATE TABLE job.quote_day (
    day date NOT NULL,
    emptied_at timestamptz,
    CONSTRAINT quote_day_pkey PRIMARY KEY (day)
);
-- What the feed said of a leg whose volume had fallen.
--
-- One row per leg of a quote (leg is call or put). A drop-out is stored as unknown throughout, and
-- all its figures are here. Of a leg whose volume alone was doubted, only the volume is here: its
-- other figures are in the quote. Later quotes can change the verdict, so nothing may be lost.

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
    prev_oi bigint,
    iv double precision,
    delta double precision,
    gamma double precision,
    theta double precision,
    vega double precision,
    CONSTRAINT quote_dropout_leg_check CHECK (leg IN ('call', 'put')),
    CONSTRAINT quote_dropout_pkey PRIMARY KEY (symbol, expiry, strike, quote_time, leg)
);
-- A row that cannot be right, as it came, and why.
--
-- The same row that is rejected again is counted: rejected_at is the first time, last_rejected_at
-- the newest, times how often. symbol is what the row is of, NULL where that cannot be read. row
-- has 2,000 characters at most. fingerprint is that of what makes a reject the same (see
-- ops.add_rejects); ops.prune_rejects bounds how many there are.

CREATE TABLE fo.quote_reject (
    id bigint GENERATED ALWAYS AS IDENTITY,
    rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    times bigint NOT NULL,
    source text NOT NULL,
    source_kind text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    symbol text,
    row text NOT NULL,
    fingerprint bytea NOT NULL,
    CONSTRAINT quote_reject_pkey PRIMARY KEY (id),
    CONSTRAINT quote_reject_fingerprint_key UNIQUE (fingerprint),
    CONSTRAINT quote_reject_source_kind_check CHECK (source_kind IN ('real', 'simulated')),
    CONSTRAINT quote_reject_row_check CHECK (char_length(row) <= 2000)
);

CREATE INDEX quote_reject_last_rejected_at_idx ON fo.quote_reject (last_rejected_at);
-- Which live feed a symbol's quotes are of, from a quote_time on; before the first, of none.
--
-- Each row is also an event of topic ops. reason says why the source was chosen.

CREATE TABLE fo.quote_source (
    symbol text NOT NULL,
    since timestamptz NOT NULL,
    source text NOT NULL,
    reason text NOT NULL,
    CONSTRAINT quote_source_pkey PRIMARY KEY (symbol, since)
);
-- When an exchange is open: one row for each opening, or one of kind closed for a day without.
--
-- session is the exchange's trading date; volume and the daily bar are per date, and several
-- openings may share it. The jobs fill in a year before the first quote of it is stored. source is
-- where it is known from: 'user' for a correction, 'upstox' for that broker's calendar. Rows of a
-- lower rank go (ops.session_rank). Of a day without a row nothing is known, or it is a weekend.

CREATE TABLE fo.session (
    exchange text NOT NULL,
    session date NOT NULL,
    opens_at timestamptz,
    closes_at timestamptz,
    kind text NOT NULL DEFAULT 'special',
    source text NOT NULL DEFAULT 'user',
    CONSTRAINT session_key UNIQUE NULLS NOT DISTINCT (exchange, session, opens_at),
    CONSTRAINT session_kind_check CHECK (kind IN ('regular', 'special', 'closed')),
    CONSTRAINT session_hours_check
    CHECK (
        CASE
            WHEN kind = 'closed' THEN opens_at IS NULL AND closes_at IS NULL
            ELSE opens_at IS NOT NULL AND closes_at IS NOT NULL AND opens_at < closes_at
        END
    ),
    CONSTRAINT session_exchange_fkey FOREIGN KEY (exchange)
    REFERENCES fo.exchange (exchange) ON DELETE CASCADE
);

CREATE INDEX session_exchange_opens_at_idx ON fo.session (exchange, opens_at);
-- An edge finds a row by all its columns: one of the key may be NULL.
ALTER TABLE fo.session REPLICA IDENTITY FULL;
-- A name that a symbol had before: quotes that still come under it are the symbol's.
--
-- Written by `pgstrike instrument alias OLD NEW`, which moves the history too.

CREATE TABLE fo.symbol_alias (
    alias text NOT NULL,
    symbol text NOT NULL,
    CONSTRAINT symbol_alias_pkey PRIMARY KEY (alias),
    CONSTRAINT symbol_alias_symbol_fkey FOREIGN KEY (symbol) REFERENCES fo.instrument (symbol)
);
-- A symbol's underlying at each instant that was quoted.
--
-- One row per (symbol, quote_time) of fo.option_quote. underlying_source says where the underlying
-- comes from; NULL where it is not known. fed_underlying is what the feed brought in a session, by
-- the earliest expiry that has one, and implied_spot what the prices of the earliest expiry with a
-- forward of its own imply: later snapshots of the session carry the one, moved by the other.
-- fed_by_expiry has the feed's of each expiry, where the symbol has one for each
-- (fo.instrument.underlying_kind). is_whole says that the snapshot had every listed contract of the
-- symbol: what it lacks may be delisted (see ops.note_whole_chains).

CREATE TABLE fo.underlying_quote (
    quote_time timestamptz NOT NULL,
    symbol text NOT NULL,
    underlying double precision,
    underlying_source text,
    in_session boolean NOT NULL,
    session date,
    fed_underlying double precision,
    implied_spot double precision,
    fed_by_expiry jsonb,
    is_whole boolean NOT NULL DEFAULT FALSE,
    CONSTRAINT underlying_quote_underlying_source_check
    CHECK (underlying_source IN ('feed', 'carried', 'parity')),
    CONSTRAINT underlying_quote_pkey PRIMARY KEY (symbol, quote_time)
);

/*timescaledb
SELECT public.create_hypertable(
    'fo.underlying_quote', public.by_range('quote_time', interval '7 days'),
    create_default_indexes => FALSE
);
*/

CREATE INDEX underlying_quote_whole_idx ON fo.underlying_quote (symbol, quote_time)
WHERE is_whole AND in_session;
-- A quote that is far ahead of its market's clock, and waits for another one near it.
--
-- One row per quote, in the form of docs/ndjson.md. It is stored once a snapshot of another time
-- within 7 days of it has come. is_put_back: `pgstrike instrument reset-clock` has taken it out; it
-- is stored again when the clock reaches it. Delete the rows that are wrong.

CREATE TABLE fo.waiting_quote (
    symbol text NOT NULL,
    quote_time timestamptz NOT NULL,
    expiry date NOT NULL,
    strike double precision NOT NULL,
    source text NOT NULL,
    is_put_back boolean NOT NULL DEFAULT FALSE,
    waits_since timestamptz NOT NULL DEFAULT clock_timestamp(),
    quote json NOT NULL,
    CONSTRAINT waiting_quote_pkey PRIMARY KEY (symbol, quote_time, expiry, strike)
);
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
-- 1-minute bars of the underlying: the feed's, or the forward that stands in for it.
--
-- Only instants of a session at which it was known. underlying_source is that of the close.

CREATE MATERIALIZED VIEW fo.underlying_bars_1min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 minute', quote_time) AS bucket_time,
    symbol,
    count(*) AS quotes,
    first(underlying, quote_time) AS open,
    max(underlying) AS high,
    min(underlying) AS low,
    last(underlying, quote_time) AS close,
    last(underlying_source, quote_time) AS underlying_source
FROM fo.underlying_quote
WHERE in_session AND underlying IS NOT NULL
GROUP BY 1, 2
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.underlying_bars_1min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.underlying_bars_1min ADD CONSTRAINT underlying_bars_1min_pkey
PRIMARY KEY (symbol, bucket_time);
*/
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
-- The rollups, what each reads, and the width of its buckets.
--
-- All share the origin of fo.bucket_start, or they would not stack.
-- pause is how long a scheduled refresh leaves a coarse one alone. A computed one is kept by
-- ops.refresh_window also on TimescaleDB: a continuous aggregate cannot say what it says.
-- replaces is the rollup that a new one is built beside (db/install/replace.py). is_ready: the new
-- one has all bars. It is refreshed like any other, and announced to nobody.

CREATE TABLE job.rollup (
    rollup text NOT NULL,
    source text NOT NULL,
    width interval NOT NULL,
    place integer NOT NULL,
    pause interval NOT NULL DEFAULT '0',
    is_computed boolean NOT NULL DEFAULT FALSE,
    refreshed_at timestamptz,
    replaces text,
    is_ready boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT rollup_pkey PRIMARY KEY (rollup)
);

INSERT INTO job.rollup (rollup, source, width, place, pause, is_computed)
VALUES
('option_strike_bars_1min', 'option_quote', '1 minute', 1, '0', FALSE),
('option_strike_bars_5min', 'option_strike_bars_1min', '5 minutes', 2, '0', FALSE),
('option_strike_bars_15min', 'option_strike_bars_5min', '15 minutes', 3, '0', FALSE),
('option_strike_bars_1h', 'option_strike_bars_15min', '1 hour', 4, '1 minute', FALSE),
('option_strike_bars_1d', 'option_strike_bars_1h', '1 day', 5, '1 minute', FALSE),
('moneyness_bars_5min', 'option_quote', '5 minutes', 6, '10 seconds', FALSE),
('moneyness_bars_15min', 'moneyness_bars_5min', '15 minutes', 7, '10 seconds', FALSE),
('moneyness_bars_1h', 'moneyness_bars_15min', '1 hour', 8, '1 minute', FALSE),
('moneyness_bars_1d', 'moneyness_bars_1h', '1 day', 9, '1 minute', FALSE),
('underlying_bars_1min', 'underlying_quote', '1 minute', 10, '0', FALSE),
('underlying_bars_5min', 'underlying_bars_1min', '5 minutes', 11, '0', FALSE),
('underlying_bars_15min', 'underlying_bars_5min', '15 minutes', 12, '10 seconds', FALSE),
('underlying_bars_1h', 'underlying_bars_15min', '1 hour', 13, '1 minute', FALSE),
('underlying_bars_1d', 'underlying_bars_1h', '1 day', 14, '1 minute', FALSE),
('expiry_metrics', 'option_quote', '1 minute', 15, '0', TRUE),
('expiry_metrics_5min', 'expiry_metrics', '5 minutes', 16, '10 seconds', FALSE),
('expiry_metrics_15min', 'expiry_metrics_5min', '15 minutes', 17, '10 seconds', FALSE),
('expiry_metrics_1h', 'expiry_metrics_15min', '1 hour', 18, '1 minute', FALSE),
('expiry_metrics_1d', 'expiry_metrics_1h', '1 day', 19, '1 minute', FALSE);
-- A bucket of a rollup whose source changed since it was last refreshed.
--
-- Written in the transaction that changed the source, deleted in the one that announces the
-- refresh: a refresh that fails in between is done again. Only ever appended to, so that no
-- writer waits for a refresh; the same bucket may stand here many times.
-- noted_at is when it was appended, by the wall clock.

CREATE TABLE job.stale_bucket (
    id bigint GENERATED ALWAYS AS IDENTITY,
    rollup text NOT NULL,
    symbol text NOT NULL,
    bucket_time timestamptz NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT stale_bucket_pkey PRIMARY KEY (id)
);
-- A session whose stored quotes wait to be judged again, because the calendar changed.
--
-- Written by ops.keep_calendar, deleted in the transaction that stores the quotes again
-- (jobs/ingest/rederive.py).

CREATE TABLE job.stale_session (
    symbol text NOT NULL,
    session date NOT NULL,
    CONSTRAINT stale_session_pkey PRIMARY KEY (symbol, session)
);
-- 5-minute bars of the underlying, from the 1-minute bars.

CREATE MATERIALIZED VIEW fo.underlying_bars_5min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '5 minutes', bucket_time) AS bucket_time,
    symbol,
    sum(quotes)::bigint AS quotes,
    first(open, bucket_time) AS open,
    max(high) AS high,
    min(low) AS low,
    last(close, bucket_time) AS close,
    last(underlying_source, bucket_time) AS underlying_source
FROM fo.underlying_bars_1min
GROUP BY 1, 2
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.underlying_bars_5min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.underlying_bars_5min ADD CONSTRAINT underlying_bars_5min_pkey
PRIMARY KEY (symbol, bucket_time);
*/
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
-- 15-minute bars of both premiums, per strike, from the 5-minute bars.

CREATE MATERIALIZED VIEW fo.option_strike_bars_15min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '15 minutes', bucket_time) AS bucket_time,
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
CREATE INDEX ON fo.option_strike_bars_15min (symbol, expiry, bucket_time);
CREATE INDEX ON fo.option_strike_bars_15min (symbol, bucket_time);
CREATE INDEX ON fo.option_strike_bars_15min (symbol, expiry, strike, bucket_time);
*/
/*postgres
CREATE INDEX option_strike_bars_15min_symbol_expiry_bucket_time_idx
ON fo.option_strike_bars_15min (symbol, expiry, bucket_time);
CREATE INDEX option_strike_bars_15min_symbol_bucket_time_idx
ON fo.option_strike_bars_15min (symbol, bucket_time);
-- Made last: of indexes of equal cost, as in an empty table, the planner takes the newest.
ALTER TABLE fo.option_strike_bars_15min ADD CONSTRAINT option_strike_bars_15min_pkey
PRIMARY KEY (symbol, expiry, strike, bucket_time);
-- Room for the next figures of each bar beside the last ones: no index is written again.
ALTER TABLE fo.option_strike_bars_15min SET (fillfactor = 50);
*/
-- 15-minute bars of the underlying, from the 5-minute bars.

CREATE MATERIALIZED VIEW fo.underlying_bars_15min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '15 minutes', bucket_time) AS bucket_time,
    symbol,
    sum(quotes)::bigint AS quotes,
    first(open, bucket_time) AS open,
    max(high) AS high,
    min(low) AS low,
    last(close, bucket_time) AS close,
    last(underlying_source, bucket_time) AS underlying_source
FROM fo.underlying_bars_5min
GROUP BY 1, 2
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.underlying_bars_15min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.underlying_bars_15min ADD CONSTRAINT underlying_bars_15min_pkey
PRIMARY KEY (symbol, bucket_time);
*/
-- 1-hour bars per moneyness level, from the 15-minute bars.

CREATE MATERIALIZED VIEW fo.moneyness_bars_1h
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 hour', bucket_time) AS bucket_time,
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
FROM fo.moneyness_bars_15min
GROUP BY 1, 2, 3, 4
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.moneyness_bars_1h (symbol, expiry, moneyness_level, bucket_time);
CREATE INDEX ON fo.moneyness_bars_1h (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.moneyness_bars_1h ADD CONSTRAINT moneyness_bars_1h_pkey
PRIMARY KEY (symbol, expiry, moneyness_level, bucket_time);
CREATE INDEX moneyness_bars_1h_symbol_bucket_time_idx
ON fo.moneyness_bars_1h (symbol, bucket_time);
-- Room for the next figures of each bar beside the last ones: no index is written again.
ALTER TABLE fo.moneyness_bars_1h SET (fillfactor = 50);
*/
-- 1-hour bars of both premiums, per strike, from the 15-minute bars.

CREATE MATERIALIZED VIEW fo.option_strike_bars_1h
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 hour', bucket_time) AS bucket_time,
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
FROM fo.option_strike_bars_15min
GROUP BY 1, 2, 3, 4
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.option_strike_bars_1h (symbol, expiry, bucket_time);
CREATE INDEX ON fo.option_strike_bars_1h (symbol, bucket_time);
CREATE INDEX ON fo.option_strike_bars_1h (symbol, expiry, strike, bucket_time);
*/
/*postgres
CREATE INDEX option_strike_bars_1h_symbol_expiry_bucket_time_idx
ON fo.option_strike_bars_1h (symbol, expiry, bucket_time);
CREATE INDEX option_strike_bars_1h_symbol_bucket_time_idx
ON fo.option_strike_bars_1h (symbol, bucket_time);
-- Made last: of indexes of equal cost, as in an empty table, the planner takes the newest.
ALTER TABLE fo.option_strike_bars_1h ADD CONSTRAINT option_strike_bars_1h_pkey
PRIMARY KEY (symbol, expiry, strike, bucket_time);
-- Room for the next figures of each bar beside the last ones: no index is written again.
ALTER TABLE fo.option_strike_bars_1h SET (fillfactor = 50);
*/
-- 1-hour bars of the underlying, from the 15-minute bars.

CREATE MATERIALIZED VIEW fo.underlying_bars_1h
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 hour', bucket_time) AS bucket_time,
    symbol,
    sum(quotes)::bigint AS quotes,
    first(open, bucket_time) AS open,
    max(high) AS high,
    min(low) AS low,
    last(close, bucket_time) AS close,
    last(underlying_source, bucket_time) AS underlying_source
FROM fo.underlying_bars_15min
GROUP BY 1, 2
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.underlying_bars_1h (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.underlying_bars_1h ADD CONSTRAINT underlying_bars_1h_pkey
PRIMARY KEY (symbol, bucket_time);
*/
-- Daily bars per moneyness level, from the 1-hour bars: a day is a session.

CREATE MATERIALIZED VIEW fo.moneyness_bars_1d
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 day', bucket_time) AS bucket_time,
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
FROM fo.moneyness_bars_1h
GROUP BY 1, 2, 3, 4
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.moneyness_bars_1d (symbol, expiry, moneyness_level, bucket_time);
CREATE INDEX ON fo.moneyness_bars_1d (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.moneyness_bars_1d ADD CONSTRAINT moneyness_bars_1d_pkey
PRIMARY KEY (symbol, expiry, moneyness_level, bucket_time);
CREATE INDEX moneyness_bars_1d_symbol_bucket_time_idx
ON fo.moneyness_bars_1d (symbol, bucket_time);
-- Room for the next figures of each bar beside the last ones: no index is written again.
ALTER TABLE fo.moneyness_bars_1d SET (fillfactor = 50);
*/
-- Daily bars of both premiums, per strike, from the 1-hour bars: a day is a session.

CREATE MATERIALIZED VIEW fo.option_strike_bars_1d
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 day', bucket_time) AS bucket_time,
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
FROM fo.option_strike_bars_1h
GROUP BY 1, 2, 3, 4
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.option_strike_bars_1d (symbol, expiry, bucket_time);
CREATE INDEX ON fo.option_strike_bars_1d (symbol, bucket_time);
CREATE INDEX ON fo.option_strike_bars_1d (symbol, expiry, strike, bucket_time);
*/
/*postgres
CREATE INDEX option_strike_bars_1d_symbol_expiry_bucket_time_idx
ON fo.option_strike_bars_1d (symbol, expiry, bucket_time);
CREATE INDEX option_strike_bars_1d_symbol_bucket_time_idx
ON fo.option_strike_bars_1d (symbol, bucket_time);
-- Made last: of indexes of equal cost, as in an empty table, the planner takes the newest.
ALTER TABLE fo.option_strike_bars_1d ADD CONSTRAINT option_strike_bars_1d_pkey
PRIMARY KEY (symbol, expiry, strike, bucket_time);
-- Room for the next figures of each bar beside the last ones: no index is written again.
ALTER TABLE fo.option_strike_bars_1d SET (fillfactor = 50);
*/
-- Daily bars of the underlying, from the 1-hour bars: a day is a session.

CREATE MATERIALIZED VIEW fo.underlying_bars_1d
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 day', bucket_time) AS bucket_time,
    symbol,
    sum(quotes)::bigint AS quotes,
    first(open, bucket_time) AS open,
    max(high) AS high,
    min(low) AS low,
    last(close, bucket_time) AS close,
    last(underlying_source, bucket_time) AS underlying_source
FROM fo.underlying_bars_1h
GROUP BY 1, 2
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.underlying_bars_1d (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.underlying_bars_1d ADD CONSTRAINT underlying_bars_1d_pkey
PRIMARY KEY (symbol, bucket_time);
*/
-- The newest row of every contract that is listed, and live by its market clock.
--
-- One row per (timeframe, symbol, expiry, strike). timeframe live is the newest quote of a
-- session: volume is cumulative, and growths are since the quote before. 1min, 5min and 15min
-- are the newest bar: quote_time is its bucket_time, ltp its close, volume its own. What a
-- timeframe does not have is NULL. No column is volatile, or CONCURRENTLY would rewrite every
-- row: age is computed by the views that read this.
--
-- Every row is fetched by its whole key or by one step into an index, so the cost is that of
-- the live contracts, whatever the history. LIMIT keeps the planner from joining instead.

CREATE MATERIALIZED VIEW fo.latest_snapshot AS
WITH live AS (
    SELECT
        contract.symbol,
        contract.expiry,
        contract.strike,
        contract.live_time
    FROM fo.instrument AS instrument
    INNER JOIN fo.expiry AS life
        ON
            instrument.symbol = life.symbol
            AND instrument.clock < life.expires_at
            AND life.expiry >= (instrument.clock AT TIME ZONE 'UTC')::date - 1
    CROSS JOIN
        LATERAL (
            SELECT known.*
            FROM fo.contract AS known
            WHERE known.symbol = life.symbol AND known.expiry = life.expiry
            ORDER BY known.strike
            -- All of them; what it cannot know the planner takes for a tenth, and keeps to the
            -- index: dead contracts are many.
            LIMIT (SELECT 2147483647)
        ) AS contract
    WHERE
        contract.live_time IS NOT NULL
        AND contract.delisted_at IS NULL
        AND coalesce(contract.live_time >= instrument.listed_since, TRUE)
)

SELECT
    'live' AS timeframe,
    live.symbol,
    live.expiry,
    live.strike,
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
    quote.call_prev_oi,
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
    quote.call_volume_doubted,
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
    quote.put_prev_oi,
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
    quote.put_volume_doubted,
    quote.session,
    quote.in_session
FROM live
CROSS JOIN
    LATERAL (
        SELECT source.*
        FROM fo.option_quote AS source
        WHERE
            source.symbol = live.symbol
            AND source.expiry = live.expiry
            AND source.strike = live.strike
            AND source.quote_time = live.live_time
        LIMIT 1
    ) AS quote
UNION ALL
SELECT
    bar.timeframe,
    live.symbol,
    live.expiry,
    live.strike,
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
    NULL::bigint,
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
    NULL::bigint,
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
    NULL::boolean,
    NULL::date,
    NULL::boolean
FROM live
CROSS JOIN LATERAL (
    (
        SELECT
            '1min' AS timeframe,
            source.*
        FROM fo.option_strike_bars_1min AS source
        WHERE
            source.symbol = live.symbol
            AND source.expiry = live.expiry
            AND source.strike = live.strike
            AND source.bucket_time <= live.live_time
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
            source.symbol = live.symbol
            AND source.expiry = live.expiry
            AND source.strike = live.strike
            AND source.bucket_time <= live.live_time
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
            source.symbol = live.symbol
            AND source.expiry = live.expiry
            AND source.strike = live.strike
            AND source.bucket_time <= live.live_time
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
-- The figures of each expiry's chain every 15 minutes.

CREATE MATERIALIZED VIEW fo.expiry_metrics_15min
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '15 minutes', bucket_time) AS bucket_time,
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
FROM fo.expiry_metrics_5min
GROUP BY 1, 2, 3
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.expiry_metrics_15min (symbol, expiry, bucket_time);
CREATE INDEX ON fo.expiry_metrics_15min (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.expiry_metrics_15min ADD CONSTRAINT expiry_metrics_15min_pkey
PRIMARY KEY (symbol, expiry, bucket_time);
CREATE INDEX expiry_metrics_15min_symbol_bucket_time_idx
ON fo.expiry_metrics_15min (symbol, bucket_time);
*/
-- The figures of each expiry's chain every hour.

CREATE MATERIALIZED VIEW fo.expiry_metrics_1h
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 hour', bucket_time) AS bucket_time,
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
FROM fo.expiry_metrics_15min
GROUP BY 1, 2, 3
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.expiry_metrics_1h (symbol, expiry, bucket_time);
CREATE INDEX ON fo.expiry_metrics_1h (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.expiry_metrics_1h ADD CONSTRAINT expiry_metrics_1h_pkey
PRIMARY KEY (symbol, expiry, bucket_time);
CREATE INDEX expiry_metrics_1h_symbol_bucket_time_idx
ON fo.expiry_metrics_1h (symbol, bucket_time);
*/
-- The figures of each expiry's chain at the end of each session.

CREATE MATERIALIZED VIEW fo.expiry_metrics_1d
WITH (timescaledb.continuous, timescaledb.create_group_indexes = FALSE) AS
SELECT
    fo.bucket_start(interval '1 day', bucket_time) AS bucket_time,
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
FROM fo.expiry_metrics_1h
GROUP BY 1, 2, 3
WITH NO DATA;

/*timescaledb
CREATE INDEX ON fo.expiry_metrics_1d (symbol, expiry, bucket_time);
CREATE INDEX ON fo.expiry_metrics_1d (symbol, bucket_time);
*/
/*postgres
ALTER TABLE fo.expiry_metrics_1d ADD CONSTRAINT expiry_metrics_1d_pkey
PRIMARY KEY (symbol, expiry, bucket_time);
CREATE INDEX expiry_metrics_1d_symbol_bucket_time_idx
ON fo.expiry_metrics_1d (symbol, bucket_time);
*/
-- Changes that no event tells of, for those who poll: nobody can LISTEN on a standby.
--
-- One row for each transaction and kind. Rows are only inserted, so no writer waits for another: a
-- counter would stay locked until its writer ends. ops.prune_changes drops them after ten minutes.

CREATE TABLE job.change (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT change_pkey PRIMARY KEY (id)
);
-- What changed for a reader, in commit order, byte for byte as NOTIFY carried it.
--
-- payload is json and not jsonb, because jsonb would not keep the bytes. It is not compressed: that
-- took an eighth of the time of storing a batch, and saved two fifths of the log.

CREATE TABLE fo.event (
    id bigint NOT NULL,
    epoch text NOT NULL,
    topic text NOT NULL,
    symbol text,
    expiry date,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    payload json NOT NULL,
    CONSTRAINT event_pkey PRIMARY KEY (id),
    CONSTRAINT event_topic_check CHECK (topic = ANY(fo.topics()))
);

ALTER TABLE fo.event ALTER COLUMN payload SET STORAGE EXTERNAL;
-- The id of the newest event. One row, updated as a writing transaction's last act.
--
-- Its lock is held until the writer ends, so ids are contiguous and in commit order: a
-- sequence leaves holes, and max(id) + 1 gives one id twice. generation is raised by hand when
-- a database is to count as another one (see ops.epoch). change_id is the newest event after which
-- fo.latest_snapshot is to be refreshed. timeline is that of the newest event's writer, for
-- standbys: they know of their own only after their next checkpoint.

CREATE TABLE job.event_counter (
    last_id bigint NOT NULL DEFAULT 0,
    change_id bigint NOT NULL DEFAULT 0,
    generation integer NOT NULL DEFAULT 0,
    timeline integer,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT event_counter_pkey PRIMARY KEY (singleton),
    CONSTRAINT event_counter_singleton_check CHECK (singleton)
) WITH (fillfactor = 10);

INSERT INTO job.event_counter DEFAULT VALUES;
-- Who may read what: one row per key, of which only the hash is kept.
--
-- symbols and topics are what it may read; NULL is everything. An administrator's key also sees
-- what is about the server itself. streams is how many may be open at once (NULL: as the api's
-- settings say). ingest_symbols are those whose quotes it may ingest. The same row holds for a
-- login role of that name. revoked_at ends it.

CREATE TABLE job.api_key (
    name text NOT NULL,
    key_hash bytea,
    symbols text[],
    topics text[],
    is_admin boolean NOT NULL DEFAULT FALSE,
    ingest_symbols text[] NOT NULL DEFAULT '{}',
    streams integer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz,
    CONSTRAINT api_key_pkey PRIMARY KEY (name),
    CONSTRAINT api_key_key_hash_key UNIQUE (key_hash),
    CONSTRAINT api_key_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
    CONSTRAINT api_key_topics_check CHECK (topics <@ fo.topics()),
    CONSTRAINT api_key_streams_check CHECK (streams >= 0)
);
-- A day on which the calendar has an exchange closed, and a symbol's feed moved all the same.
--
-- It goes when somebody says when the exchange was open, or that it was closed.

CREATE TABLE job.calendar_doubt (
    symbol text NOT NULL,
    session date NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT calendar_doubt_pkey PRIMARY KEY (symbol, session)
);
-- Who is signed in with a cookie: one row per session of a browser.
--
-- Only the hash of the session's random id is kept, so that no row makes a cookie. key_digest is
-- made of that id and of the key it was got with: it says whether the key still is the same, and
-- nothing about the key. key_name '*' is the key of the api's settings. It holds until held_until.

CREATE TABLE job.session (
    id_hash bytea NOT NULL,
    key_name text NOT NULL,
    key_digest bytea NOT NULL,
    signed_in_at timestamptz NOT NULL,
    renewed_at timestamptz NOT NULL,
    held_until timestamptz NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (id_hash)
);

CREATE INDEX session_key_name_idx ON job.session (key_name, renewed_at);
-- Links that sign a browser in once: `pgstrike key link`, `pgstrike demo`.
--
-- A link holds a random code, of which only the hash is kept. Its use deletes its row. One that
-- has expired does nothing. key_name '*' is the key of the api's settings.

CREATE TABLE job.sign_in_code (
    code_hash bytea NOT NULL,
    key_name text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT sign_in_code_pkey PRIMARY KEY (code_hash)
);
-- The jobs of `pgstrike run`, and when each is due. A change takes effect at once.
--
-- Periods are numbers that only rise: period is the newest that was claimed, due_at when the next
-- one begins, by this server's clock. default_every is the interval that pgstrike was started with:
-- every follows it when it changes. misfire says what follows periods that passed without a run:
-- one run for all of them ('once'), or none before the next period ('skip'). is_asked: run now,
-- also while is_on is false. code and error are NULL unless the last run failed.
-- A row is only ever updated, and its page has room for that: a full disk can still be noted.

CREATE TABLE job.job (
    name text NOT NULL,
    every interval NOT NULL,
    default_every interval NOT NULL,
    misfire text NOT NULL DEFAULT 'once',
    is_on boolean NOT NULL DEFAULT TRUE,
    is_asked boolean NOT NULL DEFAULT FALSE,
    period bigint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    code text,
    error text,
    CONSTRAINT job_pkey PRIMARY KEY (name),
    CONSTRAINT job_every_check CHECK (every BETWEEN '10 milliseconds' AND '30 days'),
    CONSTRAINT job_misfire_check CHECK (misfire IN ('once', 'skip'))
) WITH (fillfactor = 10);
-- The processes of `pgstrike run`: each adds 1 to its beat every second.
--
-- A process whose beat stands still was stopped or cut off: others end its sessions. All of them
-- belong to role, and their application_name ends with the row's process. pid and backend_start
-- are those of the session that beats. No wall clock is compared.

CREATE TABLE job.process (
    process text NOT NULL,
    role text NOT NULL,
    host text NOT NULL,
    os_pid integer NOT NULL,
    pid integer NOT NULL,
    backend_start timestamptz NOT NULL,
    beat bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT process_pkey PRIMARY KEY (process)
) WITH (fillfactor = 10);
-- What became of each period of a job: a row for each one that was not left out.
--
-- skipped counts the periods before this one that were left out: so period - skipped - 1 is the
-- period of the row before. A running row belongs to the session pid, backend_start. Once that
-- session is gone, the period is run again, with the next attempt. A row of state skipped was not
-- run itself: error says why. duration is by a clock that does not jump.

CREATE TABLE job.run (
    job text NOT NULL,
    period bigint NOT NULL,
    attempt integer NOT NULL DEFAULT 1,
    state text NOT NULL,
    skipped bigint NOT NULL DEFAULT 0,
    planned_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    duration interval,
    row_count bigint,
    code text,
    error text,
    host text,
    process text,
    pid integer,
    backend_start timestamptz,
    CONSTRAINT run_pkey PRIMARY KEY (job, period),
    CONSTRAINT run_state_check CHECK (state IN ('running', 'done', 'failed', 'skipped')),
    CONSTRAINT run_skipped_check CHECK (skipped BETWEEN 0 AND period - 1)
) WITH (fillfactor = 60);
-- Work that somebody asked for, and how far it is.
--
-- A finished task is kept for 24 hours. asked_by is the name of a key or login; '*' is the
-- database's owner, or the key of the api's settings. holder and holder_since are the pid and the
-- start of the session that works on it: where that session is gone, another one goes on. What a
-- session does counts only while attempt is the number that it began with. checkpoint says where
-- to go on, in words of the kind. fruitless counts attempts in a row without a new checkpoint.
-- attempt_began_at and attempt_began_with (a progress) are what the time left is reckoned from.
-- told_state and told_at are the state and the time of the newest event about it.

CREATE TABLE job.task (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    arguments jsonb NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    progress double precision NOT NULL DEFAULT 0,
    message text,
    seconds_left double precision,
    result jsonb,
    error text,
    asked_by text NOT NULL,
    idempotency_key text,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    ended_at timestamptz,
    attempt integer NOT NULL DEFAULT 0,
    fruitless integer NOT NULL DEFAULT 0,
    attempt_began_at timestamptz,
    attempt_began_with double precision,
    checkpoint jsonb,
    holder integer,
    holder_since timestamptz,
    told_state text,
    told_at timestamptz,
    CONSTRAINT task_pkey PRIMARY KEY (id),
    CONSTRAINT task_idempotency_key_key UNIQUE (asked_by, idempotency_key),
    CONSTRAINT task_state_check
    CHECK (state IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    CONSTRAINT task_progress_check CHECK (progress BETWEEN 0 AND 1)
);
-- The kinds of tasks that a `pgstrike run` does, each with the JSON Schema of its arguments.
--
-- Written by the jobs at their start, so that the api can check arguments and imports no job.
-- is_for_readers: a key with topic task may ask for it; any other kind is for administrators.

CREATE TABLE job.task_kind (
    name text NOT NULL,
    about text NOT NULL,
    schema jsonb NOT NULL,
    is_for_readers boolean NOT NULL,
    CONSTRAINT task_kind_pkey PRIMARY KEY (name)
);
-- The Parquet file that has the raw quotes of a symbol and session.
--
-- file is its name within the folder of PGSTRIKE_ARCHIVE_DIR, digest the SHA-256 of its bytes.
-- quotes and checksum are those of ops.quotes_checksum over the file's columns; the row is written
-- after the file was read back and compared by them.

CREATE TABLE job.archive (
    symbol text NOT NULL,
    session date NOT NULL,
    file text NOT NULL,
    columns text[] NOT NULL,
    quotes bigint NOT NULL,
    checksum numeric NOT NULL,
    bytes bigint NOT NULL,
    digest text NOT NULL,
    archived_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT archive_pkey PRIMARY KEY (symbol, session)
);
-- A session of a symbol whose raw quotes may be gone: its bars stay as they are.
--
-- Written by ops.seal_session. is_open: its quotes were restored, so that they may be asked for and
-- corrected, and its bars refreshed, until it is sealed again. is_corrected: a correction opened
-- it, so that it is sealed again as soon as its bars are refreshed. checked_at is when its bars
-- were compared with their checksums last, problem what was found: NULL is nothing.

CREATE TABLE job.sealed_session (
    symbol text NOT NULL,
    session date NOT NULL,
    is_open boolean NOT NULL DEFAULT FALSE,
    is_corrected boolean NOT NULL DEFAULT FALSE,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked_at timestamptz,
    problem text,
    CONSTRAINT sealed_session_pkey PRIMARY KEY (symbol, session)
);

CREATE INDEX sealed_session_problem_idx ON job.sealed_session (symbol, session)
WHERE problem IS NOT NULL AND NOT is_open;
-- What the bars of a sealed session were when it was sealed, by rollup.
--
-- rows and checksum are those of ops.bars_checksum over these columns; see ops.bars_at_risk.

CREATE TABLE job.sealed_bars (
    symbol text NOT NULL,
    session date NOT NULL,
    rollup text NOT NULL,
    columns text[] NOT NULL,
    rows bigint NOT NULL,
    checksum numeric NOT NULL,
    CONSTRAINT sealed_bars_pkey PRIMARY KEY (symbol, session, rollup),
    CONSTRAINT sealed_bars_sealed_session_fkey FOREIGN KEY (symbol, session)
    REFERENCES job.sealed_session (symbol, session) ON DELETE CASCADE
);
-- The newest log lines of the processes of `pgstrike run` and `pgstrike serve`, for GET /api/logs.
--
-- 300 of each are kept (ops.add_log_lines). Secrets were taken out before.

CREATE TABLE job.log_line (
    id bigint GENERATED ALWAYS AS IDENTITY,
    process text NOT NULL,
    logged_at timestamptz NOT NULL,
    level text NOT NULL,
    logger text NOT NULL,
    job text,
    message text NOT NULL,
    CONSTRAINT log_line_pkey PRIMARY KEY (id)
);
-- Alerts: each is a SELECT of a key, which fires when it begins to give rows.
--
-- key is the name of a key or login; '*' is the database's owner. The statement runs for one symbol
-- after the other, with the rights of the key. It runs after an event of one of the topics, about
-- the symbol or about none. symbols NULL is each that the key may read. sinks are names that
-- `pgstrike run` knows the addresses of. cooldown is by the market's clock.

CREATE TABLE job.alert (
    id bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    name text NOT NULL,
    statement text NOT NULL,
    symbols text[],
    topics text[] NOT NULL,
    sinks text[] NOT NULL,
    cooldown interval NOT NULL,
    is_on boolean NOT NULL,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT alert_pkey PRIMARY KEY (id),
    CONSTRAINT alert_key_name_key UNIQUE (key, name),
    CONSTRAINT alert_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
    CONSTRAINT alert_topics_check CHECK (topics <@ fo.topics()),
    CONSTRAINT alert_cooldown_check CHECK (cooldown BETWEEN '0' AND '30 days')
);
-- When alerts fired: at which time of the market, and the rows that they gave.
--
-- event is the newest event that the alert had looked at. rows are the first rows, as JSON objects.

CREATE TABLE job.alert_firing (
    id bigint GENERATED ALWAYS AS IDENTITY,
    alert bigint NOT NULL,
    symbol text NOT NULL,
    fired_at timestamptz NOT NULL,
    event bigint NOT NULL,
    rows jsonb NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT alert_firing_pkey PRIMARY KEY (id),
    CONSTRAINT alert_firing_alert_fkey FOREIGN KEY (alert)
    REFERENCES job.alert (id) ON DELETE CASCADE
);

CREATE INDEX alert_firing_alert_idx ON job.alert_firing (alert, id);
-- How an alert stands for a symbol: what its last look at the market found.
--
-- event is the newest event at that look. fired_at is the market's time of the newest firing.
-- error is what kept the last look from its rows; NULL: nothing did.

CREATE TABLE job.alert_state (
    alert bigint NOT NULL,
    symbol text NOT NULL,
    event bigint NOT NULL,
    has_rows boolean NOT NULL,
    fired_at timestamptz,
    error text,
    CONSTRAINT alert_state_pkey PRIMARY KEY (alert, symbol),
    CONSTRAINT alert_state_alert_fkey FOREIGN KEY (alert)
    REFERENCES job.alert (id) ON DELETE CASCADE
);
-- The firings that sinks are to have. state is pending, delivered, or given_up after 24 hours.
--
-- due_at is when the next attempt may begin; error says why the last one failed.

CREATE TABLE job.alert_delivery (
    firing bigint NOT NULL,
    sink text NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    error text,
    CONSTRAINT alert_delivery_pkey PRIMARY KEY (firing, sink),
    CONSTRAINT alert_delivery_state_check CHECK (state IN ('pending', 'delivered', 'given_up')),
    CONSTRAINT alert_delivery_firing_fkey FOREIGN KEY (firing)
    REFERENCES job.alert_firing (id) ON DELETE CASCADE
);

CREATE INDEX alert_delivery_sink_idx ON job.alert_delivery (sink, firing)
WHERE state = 'pending';
-- For which key a session runs the SELECTs of alerts, by the session's pid.
--
-- A setting would not do: a SELECT can change those. Only a session that has taken on the role
-- pgstrike_alert is looked up here (ops.reader_name), and it writes its own row before that.

CREATE TABLE job.alert_reader (
    pid integer NOT NULL,
    key text NOT NULL,
    CONSTRAINT alert_reader_pkey PRIMARY KEY (pid)
);
-- Live feeds: what each is asked for, who drives it, and how it stands.
--
-- kind names a plug-in; options are words of its own, never a secret. position is the order among
-- the sources of one symbol. holder and holder_since are the pid and the start of the session that
-- drives it: where that session is gone, another one does. What a session stores counts only while
-- attempt is the number that it began with. failure is the last one, word for word. lag is from the
-- exchange's stamp to the reading. A change of what is asked for moves set_at.

CREATE TABLE job.feed (
    name text NOT NULL,
    kind text NOT NULL,
    symbols text[] NOT NULL,
    options jsonb NOT NULL DEFAULT '{}',
    is_on boolean NOT NULL DEFAULT TRUE,
    position integer NOT NULL DEFAULT 1,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'stopped',
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_message_at timestamptz,
    failure text,
    failed_at timestamptz,
    reconnects bigint NOT NULL DEFAULT 0,
    lag interval,
    attempt integer NOT NULL DEFAULT 0,
    host text,
    holder integer,
    holder_since timestamptz,
    CONSTRAINT feed_pkey PRIMARY KEY (name),
    CONSTRAINT feed_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
    CONSTRAINT feed_state_check
    CHECK (state IN ('stopped', 'connecting', 'live', 'silent', 'waiting', 'refused'))
) WITH (fillfactor = 50);
-- How far each live feed that can go on where it stopped has stored its source.
--
-- Written in the transaction that stores a batch: after a crash nothing is lost, and nothing comes
-- twice. place is in the words of the source, such as the id of an entry of a Redis stream.

CREATE TABLE job.feed_position (
    feed text NOT NULL,
    stream text NOT NULL,
    place text NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT feed_position_pkey PRIMARY KEY (feed, stream)
);
-- Lines of NDJSON that a request brought over HTTP, until they are stored and it has its answer.
--
-- key is who sent them, and symbols what that key may ingest (NULL: every symbol). lines becomes
-- NULL, and answer is set, in the transaction that stores them. holder and holder_since are the
-- pid and the start of the session that stores them: where it is gone, another one takes them.

CREATE TABLE job.incoming (
    id bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    symbols text[],
    lines bytea,
    sent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    attempt integer NOT NULL DEFAULT 0,
    holder integer,
    holder_since timestamptz,
    answer jsonb,
    answered_at timestamptz,
    CONSTRAINT incoming_pkey PRIMARY KEY (id),
    CONSTRAINT incoming_answer_check CHECK ((lines IS NULL) = (answer IS NOT NULL))
);
-- How each feed stands with each of its symbols.
--
-- patience is how long it may be silent before it has stalled. steady_since is the first message
-- since the last stall. volume is the total of its session, NULL where it says none;
-- volume_before is that of the beat before.

CREATE TABLE job.feed_symbol (
    feed text NOT NULL,
    symbol text NOT NULL,
    last_message_at timestamptz NOT NULL,
    read_at timestamptz NOT NULL,
    steady_since timestamptz NOT NULL,
    patience interval NOT NULL,
    volume bigint,
    volume_before bigint,
    CONSTRAINT feed_symbol_pkey PRIMARY KEY (feed, symbol),
    CONSTRAINT feed_symbol_feed_fkey FOREIGN KEY (feed)
    REFERENCES job.feed (name) ON DELETE CASCADE
) WITH (fillfactor = 50);
-- The features of a symbol at an instant, as they were when they were predicted from.
--
-- figures holds each column of analytics.features by its name; unknown is null. A logged row is
-- never changed: late quotes rewrite history, and what was used is kept. A backfilled row was
-- computed later, from what was stored then.

CREATE TABLE fo.feature (
    id bigint GENERATED ALWAYS AS IDENTITY,
    symbol text NOT NULL,
    at timestamptz NOT NULL,
    expiry date,
    origin text NOT NULL,
    figures jsonb NOT NULL,
    computed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT feature_pkey PRIMARY KEY (id),
    CONSTRAINT feature_symbol_at_key UNIQUE (symbol, at),
    CONSTRAINT feature_origin_check CHECK (origin IN ('logged', 'backfilled'))
);
-- Models: each version is a text, what it was trained on, and how well it did out of sample.
--
-- form is lightgbm (LightGBM's text) or linear (JSON of numbers: see jobs/predict/linear_text.py).
-- Never a pickle. symbol NULL is any symbol. label is direction (the underlying is higher after
-- the horizon) or size (it has moved by more than threshold, a share of its level). validation is
-- what walk-forward validation measured, beside the base rate and what options imply, and what the
-- features were in training (docs/models.md); empty of a model that was not trained here. At most
-- one version of a name is active.

CREATE TABLE fo.model (
    id bigint GENERATED ALWAYS AS IDENTITY,
    name text NOT NULL,
    version integer NOT NULL,
    symbol text,
    form text NOT NULL,
    body text NOT NULL,
    sha256 text NOT NULL,
    features text[] NOT NULL,
    label text NOT NULL,
    horizon interval NOT NULL,
    threshold double precision,
    trained_from timestamptz,
    trained_to timestamptz,
    validation jsonb NOT NULL,
    state text NOT NULL DEFAULT 'added',
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    activated_at timestamptz,
    retired_at timestamptz,
    CONSTRAINT model_pkey PRIMARY KEY (id),
    CONSTRAINT model_name_version_key UNIQUE (name, version),
    CONSTRAINT model_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
    CONSTRAINT model_form_check CHECK (form IN ('lightgbm', 'linear')),
    CONSTRAINT model_label_check CHECK (label IN ('direction', 'size')),
    CONSTRAINT model_horizon_check CHECK (horizon BETWEEN '1 minute' AND '30 days'),
    CONSTRAINT model_threshold_check CHECK ((label = 'size') = (threshold IS NOT NULL)),
    CONSTRAINT model_state_check CHECK (state IN ('added', 'active', 'retired'))
);

CREATE UNIQUE INDEX model_active_idx ON fo.model (name) WHERE state = 'active';
-- What a model predicted of a symbol at an instant, and what came of it.
--
-- value is the probability of the model's label; NULL where reason says why there is none. outcome
-- is 1 or 0 once the horizon has passed; outcome_reason says why there is none, such as a horizon
-- that ends after the session.

CREATE TABLE fo.prediction (
    model bigint NOT NULL,
    symbol text NOT NULL,
    at timestamptz NOT NULL,
    feature bigint NOT NULL,
    value double precision,
    reason text,
    horizon_at timestamptz NOT NULL,
    outcome smallint,
    outcome_reason text,
    predicted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT prediction_pkey PRIMARY KEY (model, symbol, at),
    CONSTRAINT prediction_model_fkey FOREIGN KEY (model) REFERENCES fo.model (id),
    CONSTRAINT prediction_feature_fkey FOREIGN KEY (feature) REFERENCES fo.feature (id),
    CONSTRAINT prediction_value_check CHECK (value BETWEEN 0 AND 1),
    CONSTRAINT prediction_reason_check CHECK ((value IS NULL) = (reason IS NOT NULL)),
    CONSTRAINT prediction_outcome_check CHECK (outcome IN (0, 1))
);

CREATE INDEX prediction_open_idx ON fo.prediction (symbol, horizon_at)
WHERE outcome IS NULL AND outcome_reason IS NULL;

CREATE INDEX prediction_model_idx ON fo.prediction (model, at);
-- Why the features of a symbol, or the predictions from them, failed last.
--
-- at is the minute that failed. It is over once fo.feature has that minute, or a later one.

CREATE TABLE job.feature_failure (
    symbol text NOT NULL,
    at timestamptz NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    error text NOT NULL,
    CONSTRAINT feature_failure_pkey PRIMARY KEY (symbol)
);
-- Watchlists: contracts whose quotes a key asks for together, in an order of its own.
--
-- key is the name of a key or login; '*' is the database's owner.

CREATE TABLE job.watchlist (
    id bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    name text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT watchlist_pkey PRIMARY KEY (id),
    CONSTRAINT watchlist_key_name_key UNIQUE (key, name),
    CONSTRAINT watchlist_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$')
);
-- What a watchlist names: strikes of an expiry, which may be a role that another one has later.
--
-- place counts from 1. levels are those each side of the money; lowest and highest are a range of
-- strikes, and the same where it is one strike. All NULL: every strike.

CREATE TABLE job.watchlist_item (
    watchlist bigint NOT NULL,
    place integer NOT NULL,
    symbol text NOT NULL,
    expiry text NOT NULL,
    levels integer,
    lowest double precision,
    highest double precision,
    CONSTRAINT watchlist_item_pkey PRIMARY KEY (watchlist, place),
    CONSTRAINT watchlist_item_watchlist_fkey FOREIGN KEY (watchlist)
    REFERENCES job.watchlist (id) ON DELETE CASCADE,
    CONSTRAINT watchlist_item_place_check CHECK (place BETWEEN 1 AND 500),
    CONSTRAINT watchlist_item_expiry_check
    CHECK (expiry ~ '^(front|next|all|\d{4}-\d\d-\d\d)$'),
    CONSTRAINT watchlist_item_levels_check CHECK (levels BETWEEN 0 AND 1000),
    CONSTRAINT watchlist_item_strikes_check CHECK (
        (lowest IS NULL) = (highest IS NULL) AND (lowest IS NULL OR levels IS NULL)
        AND coalesce(lowest <= highest, TRUE)
    )
);
