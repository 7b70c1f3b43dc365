-- Whether a role, by its name, is a reader's login: a row where there is such a role.
SELECT
    pg_has_role(role.oid, 'pgstrike_reader', 'MEMBER')
    AND NOT pg_has_role(role.oid, 'pgstrike_server', 'MEMBER')
    AND NOT pg_has_role(role.oid, own.datdba, 'MEMBER') AS is_reader
FROM pg_catalog.pg_roles AS role
INNER JOIN pg_catalog.pg_database AS own ON own.datname = current_database()
WHERE role.rolname = %s;
