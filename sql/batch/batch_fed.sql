-- The underlyings of the feed that snapshots of a batch may carry, stored ones included.
CREATE TEMPORARY TABLE batch_fed (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    session date NOT NULL,
    expiry date,
    implied_spot double precision,
    fed_underlying double precision NOT NULL
) ON COMMIT DELETE ROWS;
