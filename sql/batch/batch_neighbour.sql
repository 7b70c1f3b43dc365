-- The stored snapshots before and after each moment of a batch.
CREATE TEMPORARY TABLE batch_neighbour (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    before_time timestamptz,
    after_time timestamptz
) ON COMMIT DELETE ROWS;
