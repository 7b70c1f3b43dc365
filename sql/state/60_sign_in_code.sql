-- Links that sign a browser in once: `pgstrike key link`, `pgstrike demo`.
--
-- A link holds a random code, of which only the hash is kept. Its use deletes its row. One that
-- has expired does nothing. key_name '*' is the key of the api's settings.

CREATE TABLE job.sign_in_code (
    code_hash bytea NOT NULL,
    key_name text NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT sign_in_code_pkey PRIMARY KEY (code_hash)
);
