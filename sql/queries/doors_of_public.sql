-- The statements that take from PUBLIC what a reader's login could do harm with, as far as we may
-- do that; or, where is_open is false, those that give it back.
--
-- Advisory locks fill the server's lock table, temporary tables, large objects and messages in
-- the WAL its disk; a job of TimescaleDB outlives the session that made it.
SELECT
    format(
        CASE WHEN %(is_open)s THEN 'REVOKE %%s FROM PUBLIC' ELSE 'GRANT %%s TO PUBLIC' END,
        door.privilege
    ) AS statement
FROM (
    SELECT
        format('TEMPORARY ON DATABASE %%I', own.datname) AS privilege,
        has_database_privilege('public', own.oid, 'TEMPORARY') AS is_open,
        own.datdba AS owner
    FROM pg_catalog.pg_database AS own
    WHERE own.datname = current_database()
    UNION ALL
    SELECT
        format('EXECUTE ON FUNCTION %%s', function.oid::regprocedure) AS privilege,
        has_function_privilege('public', function.oid, 'EXECUTE') AS is_open,
        function.proowner AS owner
    FROM pg_catalog.pg_proc AS function
    WHERE
        (
            function.pronamespace = 'pg_catalog'::regnamespace
            AND (
                function.proname ~ '^pg_(try_)?advisory_'
                OR function.proname IN (
                    'lo_creat', 'lo_create', 'lo_from_bytea', 'pg_logical_emit_message'
                )
            )
        )
        OR (
            function.proname = 'add_job'
            AND EXISTS (
                SELECT
                FROM pg_catalog.pg_depend AS member
                INNER JOIN pg_catalog.pg_extension AS extension ON member.refobjid = extension.oid
                WHERE
                    member.deptype = 'e'
                    AND member.objid = function.oid
                    AND extension.extname = 'timescaledb'
            )
        )
) AS door
WHERE door.is_open = %(is_open)s AND pg_has_role(door.owner, 'USAGE')
ORDER BY door.privilege;
