-- A bucket of a rollup whose source changed since it was last refreshed.
--
-- Written in the transaction that changed the source, deleted in the one that announces the
-- refresh: a refresh that fails in between is done again. Only ever appended to, so that no
-- writer waits for a refresh; the same bucket may stand here many times.
-- noted_at is when it was appended, by the wall clock.

CREATE TABLE job.stale_bucket (
    id bigint GENERATED ALWAYS AS IDENTITY,
    rollup text NOT NULL,
    symbol text NOT NULL,
    bucket_time timestamptz NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT stale_bucket_pkey PRIMARY KEY (id)
);
