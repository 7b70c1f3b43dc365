-- When the contracts of an expiry expire.
--
-- One row for each expiry of a symbol that has a quote. is_given: somebody said so, a list of
-- instruments or a feed; else it follows from fo.session (ops.expires_at), and changes with it.

CREATE TABLE fo.expiry (
    symbol text NOT NULL,
    expiry date NOT NULL,
    expires_at timestamptz NOT NULL,
    is_given boolean NOT NULL DEFAULT FALSE,
    CONSTRAINT expiry_pkey PRIMARY KEY (symbol, expiry)
);
