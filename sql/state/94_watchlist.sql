-- Watchlists: contracts whose quotes a key asks for together, in an order of its own.
--
-- key is the name of a key or login; '*' is the database's owner.

CREATE TABLE job.watchlist (
    id bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    name text NOT NULL,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT watchlist_pkey PRIMARY KEY (id),
    CONSTRAINT watchlist_key_name_key UNIQUE (key, name),
    CONSTRAINT watchlist_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$')
);
