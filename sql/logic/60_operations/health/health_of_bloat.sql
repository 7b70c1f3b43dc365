-- The table with the most dead rows for each live one, of those that refreshes and batches write.
--
-- Tables that grow with history are not looked at. 500 rows are the least that count as live.
CREATE FUNCTION ops.health_of_bloat() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_tables constant regclass[] := ARRAY[
        'fo.latest_snapshot', 'fo.snapshot_version', 'fo.instrument', 'fo.contract', 'fo.event',
        'job.event_counter', 'job.stale_bucket', 'job.rollup',
        'pg_catalog.pg_class', 'pg_catalog.pg_attribute', 'pg_catalog.pg_type',
        'pg_catalog.pg_depend', 'pg_catalog.pg_statistic'
    ];
    v_check ops.health_check;
    v_table regclass;
    v_dead bigint;
BEGIN
    SELECT
        hot.oid, pg_stat_get_dead_tuples(hot.oid),
        pg_stat_get_dead_tuples(hot.oid)::double precision
        / greatest(pg_stat_get_live_tuples(hot.oid), 500)
    INTO v_table, v_dead, v_check.value
    FROM unnest(c_tables) AS hot (oid)
    ORDER BY 3 DESC
    LIMIT 1;
    v_check.name := 'bloat';
    v_check.unit := 'dead rows for each live one';
    v_check.bad_at := 100;
    v_check.state := ops.state_of(v_check.value, 10, 100);
    v_check.says := 'no table has many dead rows';
    IF v_check.state <> 'ok' THEN
        v_check.says := format(
            '%s has %s dead rows, %s for each live one', v_table, v_dead, round(v_check.value)
        );
        v_check.remedy := 'end the oldest transaction (see check transactions), '
        'or VACUUM the table';
    END IF;
    RETURN v_check;
END;
$$;
