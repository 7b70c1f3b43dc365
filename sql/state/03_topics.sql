-- The topics of events.

CREATE FUNCTION fo.topics() RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT ARRAY['chain', 'snapshot', 'rollup', 'metrics', 'task', 'ops', 'alert', 'prediction'];
$$;
