-- The tables of this database, catalogs included, that hold more dead rows than live ones.
--
-- Each refresh of fo.latest_snapshot makes a temporary table, which leaves rows in the catalogs;
-- rollups and counters are rewritten as often. Autovacuum comes once a minute at most, and has
-- three workers for all databases of a server.
CREATE FUNCTION ops.bloated_tables(OUT schema text, OUT name text) RETURNS SETOF record
LANGUAGE sql VOLATILE AS $$
SELECT bloated.schemaname, bloated.relname
FROM pg_catalog.pg_stat_all_tables AS bloated
INNER JOIN pg_catalog.pg_class AS class ON bloated.relid = class.oid
WHERE
    bloated.n_dead_tup > greatest(bloated.n_live_tup, 500)
    AND bloated.schemaname <> 'pg_toast' -- goes with its table
    AND class.relpersistence <> 't'
    AND NOT class.relisshared
ORDER BY bloated.n_dead_tup DESC;
$$;
