-- A session whose stored quotes wait to be judged again, because the calendar changed.
--
-- Written by ops.keep_calendar, deleted in the transaction that stores the quotes again
-- (jobs/ingest/rederive.py).

CREATE TABLE job.stale_session (
    symbol text NOT NULL,
    session date NOT NULL,
    CONSTRAINT stale_session_pkey PRIMARY KEY (symbol, session)
);
