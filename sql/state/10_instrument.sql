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
