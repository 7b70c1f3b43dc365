-- How long the oldest transaction of this database has kept what VACUUM would remove.
--
-- One that holds neither an id nor a snapshot keeps nothing: our own locks do not. Sessions that
-- the owner may not see are left out.
CREATE FUNCTION ops.health_of_transactions() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_who text;
BEGIN
    SELECT open.who, greatest(extract(EPOCH FROM clock_timestamp() - open.since), 0)
    INTO v_who, v_check.value
    FROM (
        SELECT
            format(
                'pid %s of role %s (%s)', session.pid, session.usename,
                coalesce(nullif(session.application_name, ''), 'no application name')
            ) AS who,
            session.xact_start AS since
        FROM pg_catalog.pg_stat_activity AS session
        WHERE
            session.datname = current_database()
            AND session.backend_type = 'client backend'
            AND session.pid <> pg_backend_pid()
            AND (session.backend_xmin IS NOT NULL OR session.backend_xid IS NOT NULL)
        UNION ALL
        SELECT format('prepared transaction %s', prepared.gid), prepared.prepared
        FROM pg_catalog.pg_prepared_xacts AS prepared
        WHERE prepared.database = current_database()
    ) AS open
    WHERE open.since IS NOT NULL
    ORDER BY open.since
    LIMIT 1;
    v_check.name := 'transactions';
    v_check.unit := 'seconds';
    v_check.bad_at := 21600;
    v_check.value := coalesce(v_check.value, 0);
    v_check.state := ops.state_of(v_check.value, 600, 21600);
    v_check.says := 'no transaction is old';
    IF v_check.state <> 'ok' THEN
        v_check.says := format(
            'the transaction of %s is open for %s s, and no row that it may see is removed',
            v_who, round(v_check.value)
        );
        v_check.remedy := 'end it: pg_terminate_backend, or ROLLBACK PREPARED';
    END IF;
    RETURN v_check;
END;
$$;
