-- The underlying that a snapshot carries from an earlier one; expiry is NULL where it is of all.
CREATE TEMPORARY TABLE batch_carried (
    symbol varchar(32) NOT NULL,
    quote_time timestamptz NOT NULL,
    expiry date,
    underlying double precision NOT NULL
) ON COMMIT DELETE ROWS;
