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
