-- Whether the session's login may act for the holders of keys: the api's, and the owner's.
CREATE FUNCTION ops.acts_for_others() RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    pg_has_role(session_user, 'pgstrike_server', 'MEMBER')
    OR pg_has_role(
        session_user,
        (
            SELECT own.datdba
            FROM pg_catalog.pg_database AS own
            WHERE own.datname = current_database()
        ),
        'MEMBER'
    );
$$;
