-- The rights of the caller: NULL is everything, an empty array nothing. One row.
--
-- The rights are those of a row of job.api_key. Who logs in as a role that may act for others (the
-- database's owner, a member of pgstrike_server) has those of the key that the setting pgstrike.key
-- names; everybody else those of the key that is called like the login role. The owner who
-- has not taken on another role, and names no key, reads everything; so does '*', which
-- only those can be who may act for others.
CREATE FUNCTION ops.reader_rights(
    OUT symbols text[], OUT topics text[], OUT is_admin boolean
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_acts boolean := pg_has_role(session_user, 'pgstrike_server', 'MEMBER')
    OR pg_has_role(
        session_user,
        (
            SELECT own.datdba
            FROM pg_catalog.pg_database AS own
            WHERE own.datname = current_database()
        ),
        'MEMBER'
    );
    v_name text := CASE
        WHEN v_acts THEN coalesce(
            nullif(current_setting('pgstrike.key', TRUE), ''),
            CASE WHEN current_setting('role') = 'none' THEN '*' END
        )
        ELSE session_user
    END;
BEGIN
    IF v_name = '*' AND v_acts THEN
        is_admin := TRUE;
        RETURN;
    END IF;
    SELECT key.symbols, key.topics, key.is_admin INTO symbols, topics, is_admin
    FROM job.api_key AS key
    WHERE key.name = v_name AND key.revoked_at IS NULL;
    IF NOT FOUND THEN
        symbols := '{}';
        topics := '{}';
        is_admin := FALSE;
    END IF;
END;
$$;
