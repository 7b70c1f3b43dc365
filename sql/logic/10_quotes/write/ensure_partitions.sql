-- Make the day partitions of fo.option_quote that the batch needs.
--
-- Made apart and then attached: CREATE TABLE .. PARTITION OF would lock every reader out. On
-- TimescaleDB the hypertable makes its own chunks.
CREATE FUNCTION ops.ensure_partitions() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_day date;
    v_name text;
BEGIN
    FOR v_day IN
        SELECT DISTINCT (quote.quote_time AT TIME ZONE 'UTC')::date
        FROM pg_temp.batch_chain AS quote
        WHERE quote.reason IS NULL
    LOOP
        v_name := 'option_quote_' || to_char(v_day, 'YYYYMMDD');
        CONTINUE WHEN to_regclass('fo.' || v_name) IS NOT NULL;
        -- Two writers may meet the same new day. ATTACH PARTITION takes this lock in any case.
        LOCK TABLE fo.option_quote IN SHARE UPDATE EXCLUSIVE MODE;
        CONTINUE WHEN to_regclass('fo.' || v_name) IS NOT NULL;
        EXECUTE format('CREATE TABLE fo.%I (LIKE fo.option_quote INCLUDING ALL)', v_name);
        EXECUTE format(
            'ALTER TABLE fo.option_quote ATTACH PARTITION fo.%I FOR VALUES FROM (%L) TO (%L)',
            v_name,
            v_day::timestamp AT TIME ZONE 'UTC',
            (v_day + 1)::timestamp AT TIME ZONE 'UTC'
        );
    END LOOP;
END;
$$;
