-- Bloated, and nobody holds on to what would be given back.
SELECT size.is_bloated AND size.dead_rows <= size.rows
FROM ops.snapshot_size() AS size;
