-- What this database is an edge of: one row, written by `pgstrike edge add`; else none.
--
-- An edge gets its tables from another database, the primary, by logical replication, and nobody
-- else writes to them (ops.guard_edge). It is ready once all that was there is copied. subscription
-- is also the name of the slot on the primary. epoch is the primary's, until an event says it;
-- version is that of the newest snapshot that the primary announced.
CREATE TABLE job.edge (
    primary_name text NOT NULL,
    subscription text NOT NULL,
    epoch text NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    is_ready boolean NOT NULL DEFAULT FALSE,
    added_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT edge_pkey PRIMARY KEY (singleton),
    CONSTRAINT edge_singleton_check CHECK (singleton)
) WITH (fillfactor = 10);
