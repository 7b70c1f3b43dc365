-- What each snapshot of a batch says of the underlying.
CREATE TEMPORARY TABLE batch_spot (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    session date NOT NULL,
    in_session boolean NOT NULL,
    is_complete boolean NOT NULL,
    implied_spot double precision,
    fed_underlying double precision,
    fed_by_expiry jsonb
) ON COMMIT DELETE ROWS;
