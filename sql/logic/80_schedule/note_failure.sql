-- Note how the last run of a job failed; NULL: it did not. Nothing is written where that is known.
CREATE FUNCTION ops.note_failure(p_job text, p_code text, p_error text) RETURNS void
LANGUAGE sql VOLATILE AS $$
UPDATE job.job AS job
SET
    code = p_code,
    error = p_error
WHERE job.name = p_job AND (job.code, job.error) IS DISTINCT FROM (p_code, p_error);
$$;
