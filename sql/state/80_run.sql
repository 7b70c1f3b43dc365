-- What became of each period of a job: a row for each one that was not left out.
--
-- skipped counts the periods before this one that were left out: so period - skipped - 1 is the
-- period of the row before. A running row belongs to the session pid, backend_start. Once that
-- session is gone, the period is run again, with the next attempt. A row of state skipped was not
-- run itself: error says why. duration is by a clock that does not jump.

CREATE TABLE job.run (
    job text NOT NULL,
    period bigint NOT NULL,
    attempt integer NOT NULL DEFAULT 1,
    state text NOT NULL,
    skipped bigint NOT NULL DEFAULT 0,
    planned_at timestamptz NOT NULL,
    started_at timestamptz,
    ended_at timestamptz,
    duration interval,
    row_count bigint,
    code text,
    error text,
    host text,
    process text,
    pid integer,
    backend_start timestamptz,
    CONSTRAINT run_pkey PRIMARY KEY (job, period),
    CONSTRAINT run_state_check CHECK (state IN ('running', 'done', 'failed', 'skipped')),
    CONSTRAINT run_skipped_check CHECK (skipped BETWEEN 0 AND period - 1)
) WITH (fillfactor = 60);
