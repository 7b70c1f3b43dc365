-- The statements that make what is missing of our roles, in their order.
--
-- Since PostgreSQL 16 who makes a role may grant it but not take it on, until granted it.
SELECT wanted.statement
FROM (
    SELECT
        to_regrole('pgstrike_reader')::oid AS reader,
        to_regrole('pgstrike_server')::oid AS server,
        to_regrole('pgstrike_alert')::oid AS alert,
        current_setting('server_version_num')::integer >= 160000 AS has_options
) AS role
CROSS JOIN
    LATERAL (
        VALUES
        (1, role.reader IS NOT NULL, 'CREATE ROLE pgstrike_reader NOLOGIN'),
        (2, role.server IS NOT NULL, 'CREATE ROLE pgstrike_server NOLOGIN'),
        (
            3,
            pg_has_role(role.server, role.reader, 'USAGE'),
            'GRANT pgstrike_reader TO pgstrike_server'
        ),
        (
            4,
            pg_has_role(role.server, CASE WHEN role.has_options THEN 'SET' ELSE 'MEMBER' END),
            format('GRANT pgstrike_server TO %%I', current_user)
            || CASE WHEN role.has_options THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END
        ),
        (5, role.alert IS NOT NULL, 'CREATE ROLE pgstrike_alert NOLOGIN'),
        (
            6,
            pg_has_role(role.alert, role.reader, 'USAGE'),
            'GRANT pgstrike_reader TO pgstrike_alert'
        ),
        (
            7,
            pg_has_role(role.alert, CASE WHEN role.has_options THEN 'SET' ELSE 'MEMBER' END),
            format('GRANT pgstrike_alert TO %%I', current_user)
            || CASE WHEN role.has_options THEN ' WITH INHERIT TRUE, SET TRUE' ELSE '' END
        )
    ) AS wanted (place, is_there, statement)
WHERE wanted.is_there IS DISTINCT FROM TRUE
ORDER BY wanted.place;
