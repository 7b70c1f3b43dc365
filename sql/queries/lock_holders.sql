-- Who holds a lock of ours: that of a view, or, where none is named, that of an upgrade.
SELECT
    session.pid,
    coalesce(session.usename, '?') AS role,
    coalesce(session.application_name, '') AS application,
    coalesce(date_trunc('second', session.xact_start)::text, 'an unknown time') AS since
FROM pg_catalog.pg_locks AS entry
INNER JOIN pg_catalog.pg_stat_activity AS session ON entry.pid = session.pid
INNER JOIN pg_catalog.pg_database AS own ON own.datname = current_database()
WHERE
    entry.granted
    AND entry.pid <> pg_backend_pid()
    AND (
        (entry.database = own.oid AND entry.relation = to_regclass(%(view)s::text))
        OR (
            %(view)s::text IS NULL
            AND entry.classid = 'pg_catalog.pg_database'::regclass
            AND entry.objid = own.oid
            AND entry.mode = 'ShareUpdateExclusiveLock'
        )
    )
ORDER BY entry.pid;
