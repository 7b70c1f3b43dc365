-- The hash of what our roles, and everybody, may do with what is ours. One row.
--
-- What was granted to other roles is not looked at: that is the owner's business.
WITH ours AS (
    SELECT
        namespace.oid,
        namespace.nspname AS name,
        namespace.nspacl AS acl
    FROM pg_catalog.pg_namespace AS namespace
    WHERE namespace.nspname IN ('fo', 'job', 'ops', 'analytics', 'compat')
),

grantee AS (
    SELECT
        role.oid,
        role.rolname AS name
    FROM pg_catalog.pg_roles AS role
    WHERE role.rolname IN ('pgstrike_reader', 'pgstrike_server')
    UNION ALL
    SELECT
        0 AS oid,
        'PUBLIC' AS name
),

object AS (
    SELECT
        ours.name,
        ours.acl
    FROM ours
    UNION ALL
    SELECT
        ours.name || '.' || class.relname AS name,
        class.relacl AS acl
    FROM pg_catalog.pg_class AS class
    INNER JOIN ours ON class.relnamespace = ours.oid
    UNION ALL
    SELECT
        format('%%s.%%s/%%s', ours.name, function.proname, function.pronargs) AS name,
        coalesce(function.proacl, acldefault('f', function.proowner)) AS acl
    FROM pg_catalog.pg_proc AS function
    INNER JOIN ours ON function.pronamespace = ours.oid
),

granted AS (
    SELECT concat_ws(' ', item.privilege_type, 'ON', object.name, 'TO', grantee.name) AS line
    FROM object
    CROSS JOIN LATERAL aclexplode(object.acl) AS item
    INNER JOIN grantee ON item.grantee = grantee.oid
)

SELECT coalesce(md5(string_agg(granted.line, E'\n' ORDER BY granted.line)), '') AS hash
FROM granted;
