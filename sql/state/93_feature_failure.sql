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
