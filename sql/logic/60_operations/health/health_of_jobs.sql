-- Which jobs of `pgstrike run` failed at their last run.
--
-- Without `pgstrike run` they are old failures, which nobody can make good.
CREATE FUNCTION ops.health_of_jobs() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_failures text[];
    v_is_scheduled boolean := ops.is_scheduled();
BEGIN
    SELECT failed.failures INTO v_failures FROM ops.failed_jobs() AS failed;
    v_check.value := cardinality(v_failures);
    v_check.name := 'jobs';
    v_check.unit := 'jobs';
    v_check.bad_at := 0;
    v_check.state := 'ok';
    IF NOT v_is_scheduled THEN
        v_check.says := 'no `pgstrike run` is there';
    ELSIF v_check.value = 0 THEN
        v_check.says := '`pgstrike run` is there, and no job failed';
    ELSE
        v_check.state := 'bad';
        v_check.says := 'of `pgstrike run` failed ' || array_to_string(v_failures, '; ');
        v_check.remedy := 'do what the error says; the job is tried again by itself';
    END IF;
    RETURN v_check;
END;
$$;
