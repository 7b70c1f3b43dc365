-- A row that cannot be right, as it came, and why.

CREATE TABLE fo.quote_reject (
    id bigint GENERATED ALWAYS AS IDENTITY,
    rejected_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    source text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    row text NOT NULL,
    CONSTRAINT quote_reject_pkey PRIMARY KEY (id)
);
