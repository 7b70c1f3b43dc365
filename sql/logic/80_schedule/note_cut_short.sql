-- Note that a period of a job is cut short again and again: no process is left that could say so.
CREATE FUNCTION ops.note_cut_short(p_job text, p_attempt integer) RETURNS void
LANGUAGE sql VOLATILE AS $$
UPDATE job.job AS job
SET
    code = 'cut_short',
    error = format(
        'cut short %s times; see the logs of `pgstrike run` and of the server', p_attempt - 1
    )
WHERE job.name = p_job AND p_attempt > 3;
$$;
