-- The id of the newest event. One row, updated as a writing transaction's last act.
--
-- Its lock is held until the writer ends, so ids are contiguous and in commit order: a
-- sequence leaves holes, and max(id) + 1 gives one id twice. generation is raised by hand when
-- a database is to count as another one (see ops.epoch). change_id is the newest event after which
-- fo.latest_snapshot is to be refreshed. timeline is that of the newest event's writer, for
-- standbys: they know of their own only after their next checkpoint.

CREATE TABLE job.event_counter (
    last_id bigint NOT NULL DEFAULT 0,
    change_id bigint NOT NULL DEFAULT 0,
    generation integer NOT NULL DEFAULT 0,
    timeline integer,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT event_counter_pkey PRIMARY KEY (singleton),
    CONSTRAINT event_counter_singleton_check CHECK (singleton)
) WITH (fillfactor = 10);

INSERT INTO job.event_counter DEFAULT VALUES;
