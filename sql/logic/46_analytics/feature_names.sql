-- The names of the features, in the order of the columns of analytics.features.
CREATE FUNCTION analytics.feature_names() RETURNS text[]
LANGUAGE sql STABLE AS $$
SELECT array_agg(argument.name ORDER BY argument.place)
FROM pg_catalog.pg_proc AS function
CROSS JOIN
    LATERAL unnest(
        function.proargnames, function.proargmodes, function.proallargtypes
    ) WITH ORDINALITY AS argument (name, mode, type, place)
WHERE
    function.pronamespace = 'analytics'::regnamespace
    AND function.proname = 'features'
    AND argument.mode = 't'
    AND argument.type = 'double precision'::regtype;
$$;

COMMENT ON FUNCTION analytics.feature_names IS
'The names of the figures of analytics.features, in order.';
