-- The sessions of some roles that hold what others need, and what is wrong with each.
--
-- In every database of the server: they share its lock table. It reads functions, not views: where
-- the lock table is full, no relation that all databases share can be opened.
WITH session AS (
    SELECT
        activity.pid,
        activity.usesysid::bigint AS role,
        activity.application_name AS application,
        extract(EPOCH FROM clock_timestamp() - activity.xact_start) AS seconds
    FROM pg_catalog.pg_stat_get_activity(NULL) AS activity
    WHERE activity.usesysid::bigint = ANY(%(roles)s)
),

entry AS MATERIALIZED (
    SELECT
        entry.pid,
        entry.locktype,
        entry.granted,
        entry.waitstart
    FROM pg_catalog.pg_lock_status() AS entry
),

held AS (
    SELECT
        entry.pid,
        count(*) AS locks,
        count(*) FILTER (WHERE entry.locktype = 'advisory') AS advisory
    FROM entry
    WHERE entry.granted
    GROUP BY entry.pid
),

blocking AS (
    SELECT DISTINCT unnest(pg_blocking_pids(entry.pid)) AS pid
    FROM entry
    WHERE
        NOT entry.granted
        AND entry.waitstart < clock_timestamp() - interval '1 second'
        AND entry.pid NOT IN (SELECT session.pid FROM session)
),

judged AS (
    SELECT
        session.pid,
        session.role,
        session.application,
        CASE
            WHEN session.role = ANY(%(ended)s) THEN 'its login has ended'
            WHEN session.seconds > %(seconds)s
                THEN format('its transaction is %%s s old', round(session.seconds))
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
    judged.role,
    coalesce(judged.application, '') AS application,
    judged.fault
FROM judged
WHERE judged.fault IS NOT NULL
ORDER BY judged.pid;
