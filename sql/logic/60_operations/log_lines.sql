-- The kept log lines of `pgstrike run` and `pgstrike serve`, oldest first. It acts for no reader.
CREATE FUNCTION ops.log_lines(
    OUT id bigint, OUT process text, OUT logged_at timestamptz, OUT level text, OUT logger text,
    OUT job text, OUT message text
) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    line.id, line.process, line.logged_at, line.level, line.logger, line.job, line.message
FROM job.log_line AS line
ORDER BY line.id;
$$;
