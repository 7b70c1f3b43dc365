-- Make the partition of fo.option_quote of a day (UTC), where it is not there.
--
-- Made apart and then attached: CREATE TABLE .. PARTITION OF would lock every reader out.
CREATE FUNCTION ops.make_partition(p_day date) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_name text := 'option_quote_' || to_char(p_day, 'YYYYMMDD');
BEGIN
    IF to_regclass('fo.' || v_name) IS NOT NULL THEN
        RETURN;
    END IF;
    -- Two writers may meet the same new day. ATTACH PARTITION takes this lock in any case.
    LOCK TABLE fo.option_quote IN SHARE UPDATE EXCLUSIVE MODE;
    IF to_regclass('fo.' || v_name) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE fo.%I (LIKE fo.option_quote INCLUDING ALL)', v_name);
    EXECUTE format(
        'ALTER TABLE fo.option_quote ATTACH PARTITION fo.%I FOR VALUES FROM (%L) TO (%L)',
        v_name,
        p_day::timestamp AT TIME ZONE 'UTC',
        (p_day + 1)::timestamp AT TIME ZONE 'UTC'
    );
END;
$$;
