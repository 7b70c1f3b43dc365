-- The catalogue of metrics as JSON: each with its parameters, columns and their units. One row.
SELECT
    convert_to(json_build_object('metrics', json_agg(
        json_build_object(
            'metric', metric.metric,
            'parameters', metric.parameters,
            'columns', ops.metric_names(metric.metric)::json,
            'fields', ops.metric_fields(metric.metric)::json,
            'about', pg_catalog.obj_description(
                ('analytics.' || quote_ident(metric.metric))::regproc, 'pg_proc'
            )
        ) ORDER BY metric.metric
    ))::text, 'UTF8') AS body
FROM (
    SELECT
        parameter.metric,
        json_agg(
            json_build_object(
                'name', parameter.parameter, 'type', parameter.type,
                'optional', parameter.is_optional, 'array', parameter.is_array,
                'default', nullif(parameter.default_word, 'NULL')
            ) ORDER BY parameter.place
        ) AS parameters
    FROM ops.metric_parameter AS parameter
    GROUP BY parameter.metric
) AS metric;
