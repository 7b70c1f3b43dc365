-- A session of a symbol whose raw quotes may be gone: its bars stay as they are.
--
-- Written by ops.seal_session. is_open: its quotes were restored, so that they may be asked for and
-- corrected, and its bars refreshed, until it is sealed again. is_corrected: a correction opened
-- it, so that it is sealed again as soon as its bars are refreshed. checked_at is when its bars
-- were compared with their checksums last, problem what was found: NULL is nothing.

CREATE TABLE job.sealed_session (
    symbol text NOT NULL,
    session date NOT NULL,
    is_open boolean NOT NULL DEFAULT FALSE,
    is_corrected boolean NOT NULL DEFAULT FALSE,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    checked_at timestamptz,
    problem text,
    CONSTRAINT sealed_session_pkey PRIMARY KEY (symbol, session)
);

CREATE INDEX sealed_session_problem_idx ON job.sealed_session (symbol, session)
WHERE problem IS NOT NULL AND NOT is_open;
