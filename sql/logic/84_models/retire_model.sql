-- Have a model predict no more. Returns the version that did; NULL where none did.
CREATE FUNCTION ops.retire_model(p_name text) RETURNS integer
LANGUAGE sql VOLATILE AS $$
UPDATE fo.model AS model
SET state = 'retired', retired_at = clock_timestamp()
WHERE model.name = p_name AND model.state = 'active'
RETURNING model.version;
$$;
