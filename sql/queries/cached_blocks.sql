-- How many blocks of this database were read from its cache, and how many were not. One row.
SELECT
    base.blks_hit AS blocks_hit,
    base.blks_read AS blocks_read
FROM pg_catalog.pg_stat_database AS base
WHERE base.datname = current_database();
