-- The parameters of a metric, as a JSON array; words are those that a parameter is one of.
CREATE FUNCTION ops.metric_parameters(p_metric text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    json_agg(
        json_build_object(
            'name', known.parameter, 'type', known.type,
            'optional', known.is_optional, 'array', known.is_array,
            'default', known.default_word,
            'words',
            CASE WHEN known.parameter = 'timeframe' THEN ops.timeframes_of(p_metric) END
        ) ORDER BY known.place
    )::text
FROM ops.metric_parameter AS known
WHERE known.metric = p_metric;
$$;
