-- The parameters of each function of schema analytics that is about a symbol.
--
-- One row per (metric, parameter); parameter is without its p_, place counts from 1. default_word
-- is what a reader would send for the default; NULL where that is NULL or no plain word.
CREATE VIEW ops.metric_parameter AS
SELECT
    function.proname AS metric,
    substr(argument.name, 3) AS parameter,
    argument.type::regtype AS type,
    type.typcategory = 'A' AS is_array,
    argument.place > function.pronargs - function.pronargdefaults AS is_optional,
    argument.place,
    nullif(
        (
            regexp_match(
                pg_get_function_arg_default(function.oid, argument.place::integer),
                '^''?(\w[\w ]*?)''?(?:::[a-z ]+)?$'
            )
        )[1],
        'NULL'
    ) AS default_word
FROM pg_catalog.pg_proc AS function
CROSS JOIN
    LATERAL (
        SELECT each.*
        FROM unnest(
            function.proargnames,
            function.proargmodes,
            coalesce(function.proallargtypes, function.proargtypes::oid[])
        ) WITH ORDINALITY AS each (name, mode, type, place)
    ) AS argument
INNER JOIN pg_catalog.pg_type AS type ON argument.type = type.oid
WHERE
    function.pronamespace = 'analytics'::regnamespace
    AND 'p_symbol' = ANY(function.proargnames)
    AND coalesce(argument.mode, 'i') = 'i';
