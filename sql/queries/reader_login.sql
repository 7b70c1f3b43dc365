-- Whether a role, by its name, is a reader's login: a row where there is such a role.
SELECT
    pg_has_role(role.oid, 'pgstrike_reader', 'MEMBER')
    AND NOT pg_has_role(role.oid, 'pgstrike_server', 'MEMBER') AS is_reader
FROM pg_catalog.pg_roles AS role
WHERE role.rolname = %s;
