-- The channel that workers listen on.
CREATE FUNCTION ops.task_channel() RETURNS text
LANGUAGE sql STABLE AS $$
SELECT installation.channel || '_task'
FROM job.installation AS installation;
$$;
