-- The stored quotes that a batch overwrites, as they are to be.
CREATE TEMPORARY TABLE batch_repair ON COMMIT DELETE ROWS AS
SELECT final.* FROM pg_temp.batch_final AS final -- noqa: AM04
WITH NO DATA;
