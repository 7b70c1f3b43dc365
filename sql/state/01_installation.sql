-- What this database was built for. One row, written by the upgrade.
--
-- channel is what events are notified on: Postgres lets everybody listen to anything, so it is the
-- owner's secret. logic_hash is that of the logic text as it was last built; NULL while logic is
-- absent. grants_hash is that of what our roles were granted then (sql/queries/grants.sql).

CREATE TABLE job.installation (
    engine text NOT NULL,
    made_extension boolean NOT NULL,
    channel text NOT NULL DEFAULT 'pgstrike_' || substr(md5(gen_random_uuid()::text), 1, 16),
    logic_hash text,
    grants_hash text,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT installation_pkey PRIMARY KEY (singleton),
    CONSTRAINT installation_singleton_check CHECK (singleton),
    CONSTRAINT installation_engine_check CHECK (engine IN ('postgres', 'timescaledb'))
);
