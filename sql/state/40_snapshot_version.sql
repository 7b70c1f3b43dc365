-- Which state of the market fo.latest_snapshot shows. One row.
--
-- event_id is the newest event whose change the snapshot includes. announced is false from the
-- refresh until its own event is written.

CREATE TABLE fo.snapshot_version (
    version bigint NOT NULL DEFAULT 0,
    event_id bigint NOT NULL DEFAULT 0,
    refreshed_at timestamptz,
    announced boolean NOT NULL DEFAULT TRUE,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT snapshot_version_pkey PRIMARY KEY (singleton),
    CONSTRAINT snapshot_version_singleton_check CHECK (singleton)
);

INSERT INTO fo.snapshot_version DEFAULT VALUES;
