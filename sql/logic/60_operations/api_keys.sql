-- The keys that are in force, for the api, which may act for them.
CREATE FUNCTION ops.api_keys() RETURNS SETOF job.api_key
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT key.*
FROM job.api_key AS key
WHERE key.revoked_at IS NULL AND key.key_hash IS NOT NULL;
$$;
