-- Who may read what: one row per key, of which only the hash is kept.
--
-- symbols and topics are what it may read; NULL is everything. An administrator's key also sees
-- what is about the server itself. streams is how many may be open at once (NULL: as the api's
-- settings say). ingest_symbols are those whose quotes it may ingest. The same row holds for a
-- login role of that name. revoked_at ends it.

CREATE TABLE job.api_key (
    name text NOT NULL,
    key_hash bytea,
    symbols text[],
    topics text[],
    is_admin boolean NOT NULL DEFAULT FALSE,
    ingest_symbols text[] NOT NULL DEFAULT '{}',
    streams integer,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at timestamptz,
    CONSTRAINT api_key_pkey PRIMARY KEY (name),
    CONSTRAINT api_key_key_hash_key UNIQUE (key_hash),
    CONSTRAINT api_key_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
    CONSTRAINT api_key_topics_check CHECK (topics <@ fo.topics()),
    CONSTRAINT api_key_streams_check CHECK (streams >= 0)
);
