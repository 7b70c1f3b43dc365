-- The stored snapshots that are valued again with a batch.
CREATE TEMPORARY TABLE batch_moment (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    is_recalled boolean NOT NULL,
    is_carried boolean NOT NULL DEFAULT FALSE
) ON COMMIT DELETE ROWS;
