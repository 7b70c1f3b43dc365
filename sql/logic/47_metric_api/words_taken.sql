-- The words that a metric takes: its parameters, and what chooses among its rows and columns.
CREATE FUNCTION ops.words_taken(p_metric text) RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    known.parameters
    || CASE
        WHEN 'expiry' = ANY(answered.names) OR 'expiries' = ANY(known.parameters)
            THEN ARRAY['expiry']
    END
    || CASE WHEN answered.names && '{strike,moneyness_level}' THEN ARRAY['strikes'] END
    || '{fields,limit,cursor}'::text[]
FROM (
    SELECT array_agg(parameter.parameter ORDER BY parameter.place) AS parameters
    FROM ops.metric_parameter AS parameter
    WHERE parameter.metric = p_metric
) AS known
CROSS JOIN (
    SELECT array_agg(metric_column.name) AS names
    FROM ops.metric_column AS metric_column
    WHERE metric_column.metric = p_metric
) AS answered;
$$;
