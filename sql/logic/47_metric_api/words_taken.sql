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
    FROM ops.metric_parameters_of(p_metric) AS parameter
) AS known
CROSS JOIN (
    SELECT array_agg(each.name) AS names
    FROM ops.metric_columns_of(p_metric) AS each
) AS answered;
$$;
