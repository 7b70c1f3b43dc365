-- The five statements of this database that took the most time since the counters began.
--
-- No row where pg_stat_statements is not there. It replaces the values of a statement by $1, but
-- not those of a utility command, which may hold a password: only statements whose values it
-- replaces are told, and VACUUM and REFRESH, which have none.
CREATE FUNCTION ops.slow_statements(
    OUT statement text, OUT calls bigint, OUT mean_ms double precision,
    OUT longest_ms double precision, OUT total_ms double precision
) RETURNS SETOF record
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_schema regnamespace;
BEGIN
    SELECT extension.extnamespace INTO v_schema
    FROM pg_catalog.pg_extension AS extension
    WHERE extension.extname = 'pg_stat_statements';
    IF v_schema IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT left(slow.query, 300), slow.calls, slow.mean_exec_time, slow.max_exec_time,'
        ' slow.total_exec_time FROM %s.pg_stat_statements AS slow'
        ' WHERE slow.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())'
        ' AND slow.query ~* %L ORDER BY slow.total_exec_time DESC LIMIT 5',
        v_schema,
        '^(\s|--[^\n]*\n)*(select|insert|update|delete|merge|with|vacuum|refresh)\y'
    );
EXCEPTION
    WHEN object_not_in_prerequisite_state OR insufficient_privilege THEN
        RETURN; -- it is not in shared_preload_libraries, or not for us
END;
$$;
