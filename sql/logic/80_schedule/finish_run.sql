-- End a run, if the attempt still has it; returns whether it had.
--
-- A run that is done clears the job's last failure. One that ends in a transaction of its own
-- (p_is_alone) commits asynchronously: if a crash of the server undoes that, it is run again.
CREATE FUNCTION ops.finish_run(
    p_job text, p_period bigint, p_attempt integer, p_state text, p_duration interval,
    p_row_count bigint DEFAULT NULL, p_code text DEFAULT NULL, p_error text DEFAULT NULL,
    p_is_alone boolean DEFAULT FALSE
) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF p_is_alone THEN
        PERFORM set_config('synchronous_commit', 'off', TRUE);
    END IF;
    UPDATE job.run AS run
    SET
        state = p_state,
        ended_at = clock_timestamp(),
        duration = p_duration,
        row_count = p_row_count,
        code = p_code,
        error = p_error
    WHERE
        run.job = p_job AND run.period = p_period
        AND run.attempt = p_attempt AND run.state = 'running';
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    IF p_state <> 'skipped' THEN
        PERFORM ops.note_failure(p_job, p_code, p_error);
    END IF;
    RETURN TRUE;
END;
$$;
