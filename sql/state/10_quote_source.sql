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
