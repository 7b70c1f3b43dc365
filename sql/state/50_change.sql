-- Changes that no event tells of, for those who poll: nobody can LISTEN on a standby.
--
-- One row for each transaction and kind. Rows are only inserted, so no writer waits for another: a
-- counter would stay locked until its writer ends. ops.prune_changes drops them after ten minutes.

CREATE TABLE job.change (
    id bigint GENERATED ALWAYS AS IDENTITY,
    kind text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT change_pkey PRIMARY KEY (id)
);
