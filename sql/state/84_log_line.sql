-- The newest log lines of the processes of `pgstrike run` and `pgstrike serve`, for GET /api/logs.
--
-- 300 of each are kept (ops.add_log_lines). Secrets were taken out before.

CREATE TABLE job.log_line (
    id bigint GENERATED ALWAYS AS IDENTITY,
    process text NOT NULL,
    logged_at timestamptz NOT NULL,
    level text NOT NULL,
    logger text NOT NULL,
    job text,
    message text NOT NULL,
    CONSTRAINT log_line_pkey PRIMARY KEY (id)
);
