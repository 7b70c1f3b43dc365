-- Which jobs of `pgstrike run` failed at their last run.
--
-- Without `pgstrike run` they are old failures, which nobody can make good.
CREATE FUNCTION ops.health_of_jobs() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_failed text;
    v_is_scheduled boolean := ops.is_scheduled();
BEGIN
    SELECT count(*), string_agg(failed.job || ': ' || failed.error, '; ' ORDER BY failed.job)
    INTO v_check.value, v_failed
    FROM ops.failed_jobs() AS failed;
    v_check.name := 'jobs';
    v_check.unit := 'jobs';
    v_check.bad_at := 0;
    v_check.state := 'ok';
    IF NOT v_is_scheduled THEN
        v_check.says := 'no `pgstrike run` is there';
    ELSIF v_failed IS NULL THEN
        v_check.says := '`pgstrike run` is there, and no job failed';
    ELSE
        v_check.state := 'bad';
        v_check.says := 'of `pgstrike run` failed ' || v_failed;
        v_check.remedy := 'do what the error says; the job is tried again by itself';
    END IF;
    RETURN v_check;
END;
$$;
