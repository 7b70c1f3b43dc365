-- The forward that each chain implies by itself, by its quotes or by last prices.
CREATE TEMPORARY TABLE batch_forward (
    chain integer NOT NULL,
    forward double precision NOT NULL,
    source varchar(32) NOT NULL
) ON COMMIT DELETE ROWS;
