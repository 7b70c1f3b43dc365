-- The columns of a metric with type and unit, as a JSON array, in the order of ops.metric_names.
CREATE FUNCTION ops.metric_fields(p_metric text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    json_agg(
        json_build_object(
            'name', shown.name,
            'type', answered.type,
            'unit', ops.column_unit(p_metric, answered.name, answered.type)
        ) ORDER BY shown.place
    )::text
FROM ops.metric_shown(p_metric, ARRAY[NULL], '{}') AS shown
INNER JOIN ops.metric_columns_of(p_metric) AS answered ON shown.column_name = answered.name;
$$;
