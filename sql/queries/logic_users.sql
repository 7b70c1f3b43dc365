-- The sessions that use the logic, or a table whose trigger is logic, in an open transaction.
SELECT DISTINCT
    session.pid,
    coalesce(session.usename, '?') AS role,
    coalesce(session.application_name, '') AS application,
    coalesce(date_trunc('second', session.xact_start)::text, 'an unknown time') AS since
FROM pg_catalog.pg_locks AS entry
INNER JOIN pg_catalog.pg_stat_activity AS session ON entry.pid = session.pid
INNER JOIN pg_catalog.pg_database AS own ON own.datname = current_database()
INNER JOIN pg_catalog.pg_class AS class ON entry.relation = class.oid
INNER JOIN pg_catalog.pg_namespace AS schema ON class.relnamespace = schema.oid
WHERE
    entry.granted
    AND entry.pid <> pg_backend_pid()
    AND entry.database = own.oid
    AND schema.nspname IN ('fo', 'ops', 'analytics', 'compat')
ORDER BY session.pid;
