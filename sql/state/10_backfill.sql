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
