-- End a session, unless its number is somebody else's by now.
SELECT pg_terminate_backend(session.pid)
FROM pg_catalog.pg_stat_activity AS session
WHERE session.pid = %s AND session.usename = %s;
