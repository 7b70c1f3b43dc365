-- How the last run of each scheduled job ended; code and error are NULL where it went well.
--
-- A row is only ever updated, and its page has room for that: a full disk can still be noted.

CREATE TABLE job.last_run (
    job text NOT NULL,
    ended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    code text,
    error text,
    CONSTRAINT last_run_pkey PRIMARY KEY (job)
) WITH (fillfactor = 10);
