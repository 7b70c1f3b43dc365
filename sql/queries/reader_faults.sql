-- Sessions of readers' logins that hold what others need, or of which we may not see it.
--
-- In every database of the server: they share its lock table. A login that may act for others
-- (pgstrike_server) is no reader.
WITH reader AS (
    SELECT
        role.oid,
        role.rolname,
        pg_has_role(role.oid, 'USAGE') OR pg_has_role('pg_read_all_stats', 'USAGE') AS is_seen
    FROM pg_catalog.pg_roles AS role
    WHERE
        role.rolcanlogin
        AND pg_has_role(role.oid, 'pgstrike_reader', 'MEMBER')
        AND NOT pg_has_role(role.oid, 'pgstrike_server', 'MEMBER')
),

session AS (
    SELECT
        activity.pid,
        reader.rolname,
        activity.application_name,
        reader.is_seen,
        extract(EPOCH FROM clock_timestamp() - activity.xact_start)::bigint AS seconds
    FROM pg_catalog.pg_stat_activity AS activity
    INNER JOIN reader ON activity.usesysid = reader.oid
),

held AS (
    SELECT
        entry.pid,
        count(*) AS locks,
        count(*) FILTER (WHERE entry.locktype = 'advisory') AS advisory
    FROM pg_catalog.pg_locks AS entry
    WHERE entry.granted
    GROUP BY entry.pid
),

blocking AS (
    SELECT DISTINCT unnest(pg_blocking_pids(waiting.pid)) AS pid
    FROM pg_catalog.pg_locks AS waiting
    WHERE
        NOT waiting.granted
        AND waiting.waitstart < clock_timestamp() - interval '1 second'
        AND waiting.pid NOT IN (SELECT session.pid FROM session)
),

judged AS (
    SELECT
        session.pid,
        session.rolname,
        session.application_name,
        session.is_seen,
        CASE
            WHEN session.seconds > %(seconds)s
                THEN format('its transaction is %%s s old', session.seconds)
            WHEN session.pid IN (SELECT blocking.pid FROM blocking)
                THEN 'it blocks others'
            WHEN held.advisory > %(most_advisory)s OR held.locks > %(most_locks)s
                THEN format('it holds %%s locks', held.locks)
        END AS fault
    FROM session
    LEFT JOIN held ON session.pid = held.pid
)

SELECT
    judged.pid,
    judged.rolname AS role,
    judged.application_name AS application,
    judged.fault
FROM judged
WHERE judged.fault IS NOT NULL OR NOT judged.is_seen
ORDER BY judged.pid;
