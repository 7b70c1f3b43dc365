-- The columns of an archive, with their types.
SELECT
    attribute.attname AS name,
    format_type(attribute.atttypid, NULL) AS type
FROM pg_catalog.pg_attribute AS attribute
WHERE attribute.attrelid = 'ops.archived_quote'::regclass AND attribute.attnum > 0
ORDER BY attribute.attnum;
