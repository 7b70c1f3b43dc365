-- The table that the rows of an archive are read back into.
CREATE TEMPORARY TABLE archived_quote ON COMMIT DROP AS
SELECT quote.* -- noqa: AM04
FROM ops.archived_quote AS quote
WITH NO DATA;
