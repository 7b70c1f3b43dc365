-- Claim a period of a job for the session that asks; both NULL where none is due for it.
--
-- A period that was cut short is claimed again, with the next attempt. The claim commits
-- asynchronously: if a crash of the server undoes it, the period is claimed again. The server
-- notices within a second that the session's client is gone, also in a statement. p_now is for
-- tests.
CREATE FUNCTION ops.claim_run(
    p_job text, p_process text, p_host text, p_now timestamptz DEFAULT clock_timestamp(),
    OUT period bigint, OUT attempt integer
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_job job.job;
    v_late bigint := 0;
BEGIN
    PERFORM
        set_config('synchronous_commit', 'off', TRUE),
        set_config('client_connection_check_interval', '1s', FALSE);
    SELECT * INTO v_job FROM job.job AS job
    WHERE job.name = p_job
    FOR NO KEY UPDATE;
    IF NOT ops.run_is_due(p_job, p_now) THEN
        RETURN;
    END IF;
    UPDATE job.run AS run
    SET
        attempt = run.attempt + 1,
        started_at = p_now,
        host = p_host,
        process = p_process,
        pid = pg_backend_pid(),
        backend_start = ops.own_start()
    WHERE run.job = p_job AND run.period = v_job.period AND run.state = 'running'
    RETURNING run.period, run.attempt INTO period, attempt;
    IF FOUND THEN
        PERFORM ops.note_cut_short(p_job, attempt);
        RETURN;
    END IF;
    IF NOT v_job.is_asked AND v_job.due_at <= p_now THEN
        v_late := floor(
            extract(EPOCH FROM p_now - v_job.due_at) / extract(EPOCH FROM v_job.every)
        );
    END IF;
    UPDATE job.job AS job
    SET
        period = v_job.period + 1 + v_late,
        is_asked = FALSE,
        due_at = CASE
            WHEN v_job.is_asked THEN v_job.due_at
            WHEN v_job.due_at > p_now THEN p_now + v_job.every
            ELSE v_job.due_at + (v_late + 1) * v_job.every
        END
    WHERE job.name = p_job;
    INSERT INTO job.run (
        job, period, state, skipped, planned_at, started_at, ended_at, error, host, process,
        pid, backend_start
    )
    SELECT
        p_job, v_job.period + 1 + v_late, planned.state, v_late, planned.planned_at,
        CASE WHEN planned.state = 'running' THEN p_now END,
        CASE WHEN planned.state = 'skipped' THEN p_now END,
        CASE WHEN planned.state = 'skipped' THEN 'nothing ran the job at its time' END,
        p_host, p_process, pg_backend_pid(), ops.own_start()
    FROM (
        SELECT
            CASE
                WHEN v_late > 0 AND v_job.misfire = 'skip' THEN 'skipped' ELSE 'running'
            END AS state,
            CASE
                WHEN v_job.is_asked OR v_job.due_at > p_now THEN p_now
                ELSE v_job.due_at + v_late * v_job.every
            END AS planned_at
    ) AS planned
    RETURNING
        CASE WHEN run.state = 'running' THEN run.period END,
        CASE WHEN run.state = 'running' THEN run.attempt END
    INTO period, attempt;
END;
$$;
