-- The names of a metric's columns, as a JSON array, in the order of ops.metric_rows.
CREATE FUNCTION ops.metric_names(p_metric text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT json_agg(shown.name ORDER BY shown.place)::text
FROM ops.metric_shown(p_metric, ARRAY[NULL], '{}') AS shown;
$$;
