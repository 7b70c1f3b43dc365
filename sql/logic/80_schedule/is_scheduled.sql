-- Whether a `pgstrike run` is there. No reader can pretend to be one.
CREATE FUNCTION ops.is_scheduled() RETURNS boolean
LANGUAGE sql VOLATILE AS $$
SELECT count(*) > 0
FROM job.process AS process
WHERE ops.is_alive(process.pid, process.backend_start);
$$;
