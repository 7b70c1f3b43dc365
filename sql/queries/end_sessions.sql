-- End every session of a role, in any database of the server.
SELECT pg_terminate_backend(session.pid)
FROM pg_catalog.pg_stat_activity AS session
WHERE session.usename = %s;
