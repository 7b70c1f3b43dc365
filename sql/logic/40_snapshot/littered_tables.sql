-- The tables of this database, catalogs included, that hold more dead rows than live ones.
--
-- Each refresh of fo.latest_snapshot makes a temporary table, which leaves rows in the catalogs;
-- rollups and counters are rewritten as often. Autovacuum comes once a minute at most, and has
-- three workers for all databases of a server.
CREATE FUNCTION ops.littered_tables(OUT schema text, OUT name text) RETURNS SETOF record
LANGUAGE sql VOLATILE AS $$
SELECT littered.schemaname, littered.relname
FROM pg_catalog.pg_stat_all_tables AS littered
INNER JOIN pg_catalog.pg_class AS class ON littered.relid = class.oid
WHERE
    littered.n_dead_tup > greatest(littered.n_live_tup, 500)
    AND littered.schemaname <> 'pg_toast' -- goes with its table
    AND class.relpersistence <> 't'
    AND NOT class.relisshared
ORDER BY littered.n_dead_tup DESC;
$$;
