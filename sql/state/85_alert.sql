-- Alerts: each is a SELECT of a key, which fires when it begins to give rows.
--
-- key is the name of a key or login; '*' is the database's owner. The statement runs for one symbol
-- after the other, with the rights of the key. It runs after an event of one of the topics, about
-- the symbol or about none. symbols NULL is each that the key may read. sinks are names that
-- `pgstrike run` knows the addresses of. cooldown is by the market's clock.

CREATE TABLE job.alert (
    id bigint GENERATED ALWAYS AS IDENTITY,
    key text NOT NULL,
    name text NOT NULL,
    statement text NOT NULL,
    symbols text[],
    topics text[] NOT NULL,
    sinks text[] NOT NULL,
    cooldown interval NOT NULL,
    is_on boolean NOT NULL,
    set_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT alert_pkey PRIMARY KEY (id),
    CONSTRAINT alert_key_name_key UNIQUE (key, name),
    CONSTRAINT alert_name_check CHECK (name ~ '^[a-z0-9][a-z0-9_.-]{0,62}$'),
    CONSTRAINT alert_topics_check CHECK (topics <@ fo.topics()),
    CONSTRAINT alert_cooldown_check CHECK (cooldown BETWEEN '0' AND '30 days')
);
