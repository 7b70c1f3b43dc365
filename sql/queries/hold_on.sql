-- For a transaction that holds a lock: no timeout of the role or the server ends it, and the
-- server notices within a minute when the machine at the other end is gone.
SELECT set_config(setting.name, wanted.setting, TRUE)
FROM pg_catalog.pg_settings AS setting
INNER JOIN (
    VALUES ('idle_in_transaction_session_timeout', '0'),
    ('transaction_timeout', '0'),
    ('statement_timeout', '0'),
    ('tcp_keepalives_idle', '30'),
    ('tcp_keepalives_interval', '10'),
    ('tcp_keepalives_count', '3')
) AS wanted (name, setting) ON setting.name = wanted.name;
