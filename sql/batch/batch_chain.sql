-- The chains of a batch: one (quote_time, symbol, expiry) each, with what is true of all its
-- quotes.
CREATE TEMPORARY TABLE batch_chain (
    chain integer NOT NULL,
    symbol_no smallint NOT NULL,
    symbol varchar(32),
    quote_time timestamptz NOT NULL,
    expiry date NOT NULL,
    expires_at timestamptz,
    session date,
    opens_at timestamptz,
    closes_at timestamptz,
    earliest_stamp timestamptz,
    is_behind boolean NOT NULL,
    reason varchar(32),
    years double precision
) ON COMMIT DELETE ROWS;
