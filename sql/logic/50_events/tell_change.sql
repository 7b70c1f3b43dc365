-- Tell the listeners of a change which no event tells of: what they keep may be old.
--
-- p_kind is rights, or data: calendars, lots, and quotes that are dropped or restored. They hear
-- each kind once for each transaction, when that is committed.
CREATE FUNCTION ops.tell_change(p_kind text) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT pg_notify(installation.channel, p_kind || ' changed')
FROM job.installation AS installation;
$$;
