-- What this database was built for. One row, written by the upgrade.
--
-- channel is what events are notified on: Postgres lets everybody listen to anything, so it is the
-- owner's secret. cookie_secret is what the api signs cookies with, the same for all its processes:
-- 244 random bits. state_hash is that of the state text that the database was built from, and
-- logic_hash that of the logic text as it was last built; NULL while logic is absent.
-- definitions has the hash of each rollup's text, of new ones too, and that of fo.latest_snapshot;
-- state_hash leaves these texts out: such a relation can be replaced (db/install/replace.py).
-- grants_hash is that of what our roles were granted then (sql/queries/grants.sql).

CREATE TABLE job.installation (
    engine text NOT NULL,
    made_extension boolean NOT NULL,
    channel text NOT NULL DEFAULT 'pgstrike_' || substr(md5(gen_random_uuid()::text), 1, 16),
    cookie_secret text NOT NULL
    DEFAULT replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
    state_hash text NOT NULL,
    definitions jsonb NOT NULL,
    logic_hash text,
    grants_hash text,
    singleton boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT installation_pkey PRIMARY KEY (singleton),
    CONSTRAINT installation_singleton_check CHECK (singleton),
    CONSTRAINT installation_engine_check CHECK (engine IN ('postgres', 'timescaledb'))
);
