-- Tell the listeners that something changed which no event tells of: what they keep may be old.
--
-- Rights, calendars, lots, and quotes that are dropped or restored. They hear it once for each
-- transaction, when that is committed.
CREATE FUNCTION ops.tell_change() RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT pg_notify(installation.channel, 'changed')
FROM job.installation AS installation;
$$;
