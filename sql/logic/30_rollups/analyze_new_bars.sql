-- Analyze the bars (or chunks of them) that have no statistics, or old ones.
--
-- Without them the planner takes the index by time for as good as the key, and reads the bars of a
-- whole expiry for each contract of fo.latest_snapshot. Autovacuum would come a minute later.
CREATE FUNCTION ops.analyze_new_bars() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_bars regclass;
BEGIN
    FOR v_bars IN
        SELECT bars.oid::regclass
        FROM pg_catalog.pg_class AS bars
        /*timescaledb
        INNER JOIN pg_catalog.pg_inherits AS inheritance ON bars.oid = inheritance.inhrelid
        INNER JOIN timescaledb_information.continuous_aggregates AS rollup
            ON
                inheritance.inhparent = format(
                    '%I.%I',
                    rollup.materialization_hypertable_schema,
                    rollup.materialization_hypertable_name
                )::regclass
                AND rollup.view_schema = 'fo'
                AND rollup.view_name LIKE 'option\_strike\_bars\_%'
        */
        WHERE
            bars.relkind = 'r'
            /*postgres
            AND bars.relnamespace = 'fo'::regnamespace
            AND bars.relname LIKE 'option\_strike\_bars\_%'
            */
            AND ops.has_old_statistics(bars.oid, bars.reltuples, bars.relpages)
    LOOP
        EXECUTE format('ANALYZE %s (symbol, expiry, strike, bucket_time)', v_bars);
    END LOOP;
END;
$$;
