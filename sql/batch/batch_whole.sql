-- The snapshots that had every contract, for the events of what is delisted.
CREATE TEMPORARY TABLE batch_whole (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL
) ON COMMIT DELETE ROWS;
