-- Who is signed in with a cookie: one row per session of a browser.
--
-- Only the hash of the session's random id is kept, so that no row makes a cookie. key_digest is
-- made of that id and of the key it was got with: it says whether the key still is the same, and
-- nothing about the key. key_name '*' is the key of the api's settings. It holds until held_until.

CREATE TABLE job.session (
    id_hash bytea NOT NULL,
    key_name text NOT NULL,
    key_digest bytea NOT NULL,
    signed_in_at timestamptz NOT NULL,
    renewed_at timestamptz NOT NULL,
    held_until timestamptz NOT NULL,
    CONSTRAINT session_pkey PRIMARY KEY (id_hash)
);

CREATE INDEX session_key_name_idx ON job.session (key_name, renewed_at);
