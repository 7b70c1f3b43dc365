-- A symbol's underlying at each instant that was quoted.
--
-- One row per (symbol, quote_time) of fo.option_quote. underlying is what the feed brought, else
-- that of the nearest expiry quoted at that instant (underlying_source says how it came about);
-- NULL where neither is known. is_whole says that the snapshot had every listed contract of the
-- symbol: what it lacks may be delisted (see ops.note_whole_chains).

CREATE TABLE fo.underlying_quote (
    quote_time timestamptz NOT NULL,
    symbol text NOT NULL,
    underlying double precision,
    underlying_source text,
    in_session boolean NOT NULL,
    is_whole boolean NOT NULL DEFAULT FALSE,
    CONSTRAINT underlying_quote_underlying_source_check
    CHECK (underlying_source IN ('feed', 'carried', 'parity', 'other_expiry')),
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
