-- What the bars of a sealed session were when it was sealed, by rollup.
--
-- rows and checksum are those of ops.bars_checksum over these columns; see ops.bars_at_risk.

CREATE TABLE job.sealed_bars (
    symbol text NOT NULL,
    session date NOT NULL,
    rollup text NOT NULL,
    columns text[] NOT NULL,
    rows bigint NOT NULL,
    checksum numeric NOT NULL,
    CONSTRAINT sealed_bars_pkey PRIMARY KEY (symbol, session, rollup),
    CONSTRAINT sealed_bars_sealed_session_fkey FOREIGN KEY (symbol, session)
    REFERENCES job.sealed_session (symbol, session) ON DELETE CASCADE
);
