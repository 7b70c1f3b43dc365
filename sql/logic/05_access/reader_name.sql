-- The name of the caller's key or login; '*' reads everything, NULL is nobody.
--
-- Who logs in as a role that may act for others has the key that the setting pgstrike.key names;
-- everybody else is called like the login role. Who has taken on pgstrike_alert runs the SELECT of
-- an alert, which could change a setting: its key is in job.alert_reader. The owner who has not
-- taken on another role, and names no key, is '*'.
CREATE FUNCTION ops.reader_name() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    CASE
        WHEN current_setting('role') = 'pgstrike_alert' AND ops.acts_for_others()
            THEN (
                SELECT reader.key FROM job.alert_reader AS reader
                WHERE reader.pid = pg_backend_pid()
            )
        WHEN NOT ops.acts_for_others() THEN nullif(session_user, '*')
        ELSE coalesce(
            nullif(current_setting('pgstrike.key', TRUE), ''),
            CASE WHEN current_setting('role') = 'none' THEN '*' END
        )
    END;
$$;
