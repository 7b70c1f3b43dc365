-- The tables that an edge gets from its primary, in the order of their names.
--
-- All but those that say what a database is, and what its own `pgstrike run` does. Partitions come
-- by way of their table, and so does what a rollup that is being built holds: later.
CREATE FUNCTION ops.edge_tables() RETURNS SETOF regclass
LANGUAGE sql STABLE AS $$
SELECT class.oid::regclass
FROM pg_catalog.pg_class AS class
WHERE
    class.relnamespace IN ('fo'::regnamespace, 'job'::regnamespace)
    AND class.relkind IN ('r', 'p')
    AND NOT class.relispartition
    AND class.oid <> ALL(
        ARRAY[
            'job.installation', 'job.edge', 'fo.snapshot_version', 'job.job', 'job.run',
            'job.process', 'job.log_line'
        ]::regclass[]
    )
    AND class.relname NOT IN (
        SELECT rollup.rollup
        FROM job.rollup AS rollup
        WHERE rollup.replaces IS NOT NULL
    )
ORDER BY class.oid::regclass::text COLLATE "C";
$$;
