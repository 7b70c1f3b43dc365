-- Analyze the day partitions (or chunks) that have no statistics, or old ones.
--
-- Without them the planner takes the day's index by time for as good as the one by contract, and a
-- late quote reads the whole day once for each contract. Autovacuum would come a minute later.
CREATE FUNCTION ops.analyze_new_days() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_day regclass;
BEGIN
    FOR v_day IN
        SELECT child.oid::regclass
        FROM pg_catalog.pg_inherits AS inheritance
        INNER JOIN pg_catalog.pg_class AS child ON inheritance.inhrelid = child.oid
        WHERE
            inheritance.inhparent = 'fo.option_quote'::regclass
            AND ops.has_old_statistics(child.oid, child.reltuples, child.relpages)
    LOOP
        EXECUTE format('ANALYZE %s (symbol, expiry, strike, quote_time)', v_day);
    END LOOP;
END;
$$;
