-- Whether a `pgstrike run` is there.
CREATE FUNCTION ops.is_scheduled() RETURNS boolean
LANGUAGE sql VOLATILE AS $$
SELECT count(*) > 0
FROM pg_catalog.pg_stat_activity AS session
WHERE session.application_name = 'pgstrike scheduler' AND session.datname = current_database();
$$;
