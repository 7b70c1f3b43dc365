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
