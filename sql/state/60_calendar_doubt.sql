-- A day on which the calendar has an exchange closed, and a symbol's feed moved all the same.
--
-- It goes when somebody says when the exchange was open, or that it was closed.

CREATE TABLE job.calendar_doubt (
    symbol text NOT NULL,
    session date NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT calendar_doubt_pkey PRIMARY KEY (symbol, session)
);
