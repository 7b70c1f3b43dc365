-- The catalogue of metrics as JSON: each with its parameters, columns and their units. One row.
SELECT
    convert_to(json_build_object('metrics', json_agg(
        json_build_object(
            'metric', metric.metric,
            'parameters', ops.metric_parameters(metric.metric)::json,
            'words', ops.words_taken(metric.metric),
            'columns', ops.metric_names(metric.metric)::json,
            'fields', ops.metric_fields(metric.metric)::json,
            'about', pg_catalog.obj_description(
                ('analytics.' || quote_ident(metric.metric))::regproc, 'pg_proc'
            )
        ) ORDER BY metric.metric
    ))::text, 'UTF8') AS body
FROM (
    SELECT DISTINCT parameter.metric
    FROM ops.metric_parameter AS parameter
) AS metric;
