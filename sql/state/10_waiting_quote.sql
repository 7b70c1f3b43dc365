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
