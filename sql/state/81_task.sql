-- Work that somebody asked for, and how far it is.
--
-- A finished task is kept for 24 hours. asked_by is the name of a key or login; '*' is the
-- database's owner, or the key of the api's settings. holder and holder_since are the pid and the
-- start of the session that works on it: where that session is gone, another one goes on. What a
-- session does counts only while attempt is the number that it began with. checkpoint says where
-- to go on, in words of the kind. fruitless counts attempts in a row without a new checkpoint.
-- attempt_began_at and attempt_began_with (a progress) are what the time left is reckoned from.
-- told_state and told_at are the state and the time of the newest event about it.

CREATE TABLE job.task (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    arguments jsonb NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    progress double precision NOT NULL DEFAULT 0,
    message text,
    seconds_left double precision,
    result jsonb,
    error text,
    asked_by text NOT NULL,
    idempotency_key text,
    asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    started_at timestamptz,
    ended_at timestamptz,
    attempt integer NOT NULL DEFAULT 0,
    fruitless integer NOT NULL DEFAULT 0,
    attempt_began_at timestamptz,
    attempt_began_with double precision,
    checkpoint jsonb,
    holder integer,
    holder_since timestamptz,
    told_state text,
    told_at timestamptz,
    CONSTRAINT task_pkey PRIMARY KEY (id),
    CONSTRAINT task_idempotency_key_key UNIQUE (asked_by, idempotency_key),
    CONSTRAINT task_state_check
    CHECK (state IN ('pending', 'running', 'completed', 'failed', 'cancelled')),
    CONSTRAINT task_progress_check CHECK (progress BETWEEN 0 AND 1)
);
