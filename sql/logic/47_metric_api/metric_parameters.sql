-- The parameters of a metric, as a JSON array. Where a parameter is one of some words, it has them.
CREATE FUNCTION ops.metric_parameters(p_metric text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    jsonb_agg(
        jsonb_build_object(
            'name', known.parameter, 'type', known.type,
            'optional', known.is_optional, 'array', known.is_array,
            'default', known.default_word
        )
        || CASE
            WHEN known.parameter = 'timeframe'
                THEN jsonb_build_object('words', ops.timeframes_of(p_metric))
            ELSE '{}'
        END
        ORDER BY known.place
    )::text
FROM ops.metric_parameters_of(p_metric) AS known;
$$;
