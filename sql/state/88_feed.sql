-- Live feeds: what each is asked for, who drives it, and how it stands.
--
-- kind names a plug-in; options are words of its own, never a secret. position is the order among
-- the sources of one symbol. holder and holder_since are the pid and the start of the session that
-- drives it: where that session is gone, another one does. What a session stores counts only while
-- attempt is the number that it began with. failure is the last one, word for word. lag is from the
-- exchange's stamp to the reading. A change of what is asked for moves set_at.

CREATE TABLE job.feed (
    name text NOT NULL,
    kind text NOT NULL,
    symbols text[] NOT NULL,
    options jsonb NOT NULL DEFAULT '{}',
    is_on boolean NOT NULL DEFAULT TRUE,
    position integer NOT NULL DEFAULT 1,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    state text NOT NULL DEFAULT 'stopped',
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    last_message_at timestamptz,
    failure text,
    failed_at timestamptz,
    reconnects bigint NOT NULL DEFAULT 0,
    lag interval,
    attempt integer NOT NULL DEFAULT 0,
    host text,
    holder integer,
    holder_since timestamptz,
    CONSTRAINT feed_pkey PRIMARY KEY (name),
    CONSTRAINT feed_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
    CONSTRAINT feed_state_check
    CHECK (state IN ('stopped', 'connecting', 'live', 'silent', 'waiting', 'refused'))
) WITH (fillfactor = 50);
