-- What this database was built for. One row, written by the upgrade.
--
-- logic_hash is that of the logic text as it was last built; NULL while logic is absent.

CREATE TABLE job.installation (
    engine text NOT NULL,
    made_extension boolean NOT NULL,
    logic_hash text,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT installation_pkey PRIMARY KEY (singleton),
    CONSTRAINT installation_singleton_check CHECK (singleton),
    CONSTRAINT installation_engine_check CHECK (engine IN ('postgres', 'timescaledb'))
);
