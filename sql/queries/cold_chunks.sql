-- The chunks of quotes that are to be compressed.
SELECT cold.chunk
FROM ops.cold_chunks(%s) AS cold;
