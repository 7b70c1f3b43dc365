-- The metrics that a reader can ask for, in order.
CREATE FUNCTION ops.metrics_known() RETURNS text[]
LANGUAGE sql STABLE AS $$
SELECT array_agg(DISTINCT known.metric ORDER BY known.metric)
FROM ops.metric_parameter AS known;
$$;
