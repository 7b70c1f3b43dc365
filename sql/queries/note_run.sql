-- Note how a run of a job ended.
INSERT INTO job.last_run (job, code, error)
VALUES (%(job)s, %(code)s, %(error)s)
ON CONFLICT (job) DO UPDATE
    SET ended_at = clock_timestamp(), code = excluded.code, error = excluded.error;
