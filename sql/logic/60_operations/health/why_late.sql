-- The nearest known cause of a refresh that is late, and what to do about it.
CREATE FUNCTION ops.why_late(OUT cause text, OUT remedy text)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_blockers text[] := ops.blockers();
BEGIN
    IF cardinality(v_blockers) > 0 THEN
        cause := array_to_string(v_blockers, ', ') || ' is in the way';
        remedy := 'end that session';
    ELSIF NOT ops.is_scheduled() THEN
        cause := 'no `pgstrike run` is there';
        remedy := 'start one';
    ELSE
        SELECT 'the last run failed: ' || failed.failures[1] INTO cause
        FROM ops.failed_jobs() AS failed;
        cause := coalesce(cause, '`pgstrike run` is there and does not get it done');
        remedy := 'see the log of `pgstrike run`';
    END IF;
END;
$$;
