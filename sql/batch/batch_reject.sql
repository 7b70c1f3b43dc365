-- The rows of a batch that cannot be right, and why.
CREATE TEMPORARY TABLE batch_reject (
    row_no integer NOT NULL,
    reason varchar(32) NOT NULL
) ON COMMIT DELETE ROWS;
