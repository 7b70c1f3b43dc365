-- Whether the roles of readers and alerts are there, with what the upgrade granted to them.
SELECT
    coalesce(
        pg_has_role(role.server, role.reader, 'USAGE')
        AND pg_has_role(role.alert, role.reader, 'USAGE')
        AND has_table_privilege(role.server, 'job.installation', 'SELECT'),
        FALSE
    )
FROM (
    SELECT
        to_regrole('pgstrike_reader')::oid AS reader,
        to_regrole('pgstrike_server')::oid AS server,
        to_regrole('pgstrike_alert')::oid AS alert
) AS role;
