-- The sessions that may keep Postgres's NOTIFY queue from being emptied.
--
-- There is one queue for all databases of a server, and it can be emptied only as far as every
-- listening session has read. One that does not read is in a transaction, or cannot send what it
-- read to its client (ClientWrite). is_ours is a listener of an api: it notifies itself every few
-- seconds, so one that was quiet for long is stuck. quiet is NULL where the owner may not see
-- what a session of another role does. A clock that was set back counts as quiet, too.
CREATE VIEW ops.queue_holder AS
WITH session AS (
    SELECT
        activity.pid,
        activity.usename AS role,
        activity.application_name,
        activity.application_name = 'pgstrike api listener' AS is_ours,
        coalesce(activity.wait_event = 'ClientWrite', FALSE) AS is_sending,
        activity.state,
        activity.xact_start,
        CASE
            WHEN activity.state_change > clock_timestamp() + interval '1 minute'
                THEN interval '1 hour'
            ELSE clock_timestamp() - activity.state_change
        END AS quiet,
        pg_has_role(activity.usesysid, 'USAGE')
        OR pg_has_role('pg_signal_backend', 'USAGE') AS can_end
    FROM pg_catalog.pg_stat_activity AS activity
    WHERE activity.pid <> pg_backend_pid() AND activity.usesysid IS NOT NULL
)

SELECT
    session.pid,
    session.role,
    session.application_name,
    session.is_ours,
    session.state,
    session.quiet,
    session.can_end,
    session.is_ours
    AND (session.is_sending OR session.quiet > interval '5 minutes') AS is_stuck
FROM session
WHERE session.is_sending OR session.xact_start IS NOT NULL OR session.is_ours;
