-- The channel on which `pgstrike run` hears of incoming lines.
CREATE FUNCTION ops.incoming_channel() RETURNS text
LANGUAGE sql STABLE AS $$
SELECT installation.channel || '_incoming'
FROM job.installation AS installation;
$$;
