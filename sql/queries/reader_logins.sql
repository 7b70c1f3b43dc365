-- The roles of readers' logins, and whether we may see what their sessions do.
--
-- A login that may act for others (pgstrike_server, the database's owner) is no reader.
SELECT
    role.oid::bigint AS oid,
    role.rolname AS name,
    role.rolcanlogin AS may_log_in,
    pg_has_role(role.oid, 'USAGE') OR pg_has_role('pg_read_all_stats', 'USAGE') AS is_seen
FROM pg_catalog.pg_roles AS role
INNER JOIN pg_catalog.pg_database AS own ON own.datname = current_database()
WHERE
    pg_has_role(role.oid, 'pgstrike_reader', 'MEMBER')
    AND NOT pg_has_role(role.oid, 'pgstrike_server', 'MEMBER')
    AND NOT pg_has_role(role.oid, own.datdba, 'MEMBER')
    AND role.rolname <> 'pgstrike_reader';
