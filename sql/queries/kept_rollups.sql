-- The relations that were replaced and are kept, coarser ones first.
SELECT class.relname AS rollup
FROM pg_catalog.pg_class AS class
INNER JOIN pg_catalog.pg_namespace AS schema ON class.relnamespace = schema.oid
LEFT JOIN job.rollup AS rollup ON class.relname = rollup.rollup
WHERE schema.nspname = 'replaced' AND class.relkind IN ('r', 'v')
ORDER BY rollup.place DESC;
