-- A symbol's underlying at each instant that was quoted.
--
-- One row per (symbol, quote_time) of fo.option_quote. underlying_source says where the underlying
-- comes from; NULL where it is not known. fed_underlying is what the feed brought in a session, by
-- the earliest expiry that has one, and implied_spot what the prices of the earliest expiry with a
-- forward of its own imply: later snapshots of the session carry the one, moved by the other.
-- fed_by_expiry has the feed's of each expiry, where the symbol has one for each
-- (fo.instrument.underlying_kind).

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
