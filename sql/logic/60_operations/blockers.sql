-- The sessions of others that keep ours of this database waiting, each in a few words.
--
-- The time is when its transaction began; it is left out where the owner may not see that. A
-- refresh also stays away, without waiting, while another session holds its lock.
CREATE FUNCTION ops.blockers() RETURNS text[]
LANGUAGE sql VOLATILE AS $$
WITH holder AS (
    SELECT unnest(pg_blocking_pids(session.pid)) AS pid
    FROM pg_catalog.pg_stat_activity AS session
    WHERE session.datname = current_database() AND session.application_name LIKE 'pgstrike %'
    UNION
    SELECT held.pid
    FROM pg_catalog.pg_locks AS held
    INNER JOIN pg_catalog.pg_database AS own ON held.database = own.oid
    WHERE
        held.relation IN ('job.refresh_lock'::regclass, 'job.snapshot_lock'::regclass)
        AND held.granted AND own.datname = current_database()
)

SELECT
    coalesce(array_agg(concat_ws(
        ' ',
        'pid', session.pid, 'of role', session.usename,
        'since ' || to_char(session.xact_start, 'YYYY-MM-DD HH24:MI:SSOF')
    ) ORDER BY session.pid), '{}')
FROM holder
INNER JOIN pg_catalog.pg_stat_activity AS session ON holder.pid = session.pid
WHERE session.application_name NOT LIKE 'pgstrike %';
$$;
