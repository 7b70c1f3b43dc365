-- The columns of what each function of schema analytics answers.
--
-- One row per (metric, name): those of its RETURNS TABLE, or of the type that it returns.
CREATE VIEW ops.metric_column AS
SELECT
    function.proname AS metric,
    argument.name,
    argument.type::regtype AS type,
    argument.place
FROM pg_catalog.pg_proc AS function
CROSS JOIN
    LATERAL (
        SELECT each.*
        FROM unnest(
            function.proargnames, function.proargmodes, function.proallargtypes
        ) WITH ORDINALITY AS each (name, mode, type, place)
    ) AS argument
WHERE function.pronamespace = 'analytics'::regnamespace AND argument.mode = 't'
UNION ALL
SELECT
    function.proname,
    attribute.attname::text,
    attribute.atttypid::regtype,
    attribute.attnum
FROM pg_catalog.pg_proc AS function
INNER JOIN pg_catalog.pg_type AS type ON function.prorettype = type.oid
INNER JOIN pg_catalog.pg_attribute AS attribute ON type.typrelid = attribute.attrelid
WHERE
    function.pronamespace = 'analytics'::regnamespace
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped;
