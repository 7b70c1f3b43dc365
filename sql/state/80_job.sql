-- The jobs of `pgstrike run`, and when each is due. A change takes effect at once.
--
-- Periods are numbers that only rise: period is the newest that was claimed, due_at when the next
-- one begins, by this server's clock. default_every is the interval that pgstrike was started with:
-- every follows it when it changes. misfire says what follows periods that passed without a run:
-- one run for all of them ('once'), or none before the next period ('skip'). is_asked: run now,
-- also while is_on is false. code and error are NULL unless the last run failed.
-- A row is only ever updated, and its page has room for that: a full disk can still be noted.

CREATE TABLE job.job (
    name text NOT NULL,
    every interval NOT NULL,
    default_every interval NOT NULL,
    misfire text NOT NULL DEFAULT 'once',
    is_on boolean NOT NULL DEFAULT TRUE,
    is_asked boolean NOT NULL DEFAULT FALSE,
    period bigint NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    code text,
    error text,
    CONSTRAINT job_pkey PRIMARY KEY (name),
    CONSTRAINT job_every_check CHECK (every BETWEEN '10 milliseconds' AND '30 days'),
    CONSTRAINT job_misfire_check CHECK (misfire IN ('once', 'skip'))
) WITH (fillfactor = 10);
