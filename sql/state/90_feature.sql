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
