-- End a session, unless its number is another role's by now.
SELECT pg_terminate_backend(session.pid)
FROM pg_catalog.pg_stat_get_activity(%s) AS session
WHERE session.usesysid::bigint = %s;
