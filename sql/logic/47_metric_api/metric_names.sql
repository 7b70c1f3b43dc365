-- The names of a metric's columns, as a JSON array, in the order of ops.metric_rows.
CREATE FUNCTION ops.metric_names(p_metric text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    json_agg(
        answered.name || CASE answered.type WHEN 'interval'::regtype THEN '_seconds' ELSE '' END
        ORDER BY answered.place
    )::text
FROM ops.metric_column AS answered
WHERE answered.metric = p_metric;
$$;
