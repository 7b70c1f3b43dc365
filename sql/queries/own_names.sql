-- The statements that give constraints and indexes of a renamed table names of its own again.
SELECT
    format(
        'ALTER TABLE fo.%%I RENAME CONSTRAINT %%I TO %%I', named.rollup, known.conname,
        replace(known.conname, named.new, named.rollup)
    ) AS statement
FROM (VALUES (%(new)s, %(rollup)s)) AS named (new, rollup)
INNER JOIN pg_catalog.pg_constraint AS known
    ON
        known.conrelid = format('fo.%%I', named.rollup)::regclass
        AND starts_with(known.conname, named.new)
UNION ALL
SELECT
    format(
        'ALTER INDEX fo.%%I RENAME TO %%I', class.relname,
        replace(class.relname, named.new, named.rollup)
    )
FROM (VALUES (%(new)s, %(rollup)s)) AS named (new, rollup)
INNER JOIN pg_catalog.pg_index AS index
    ON index.indrelid = format('fo.%%I', named.rollup)::regclass
INNER JOIN pg_catalog.pg_class AS class
    ON index.indexrelid = class.oid AND starts_with(class.relname, named.new)
WHERE NOT index.indisprimary;
