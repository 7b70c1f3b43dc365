-- How many sealed sessions have bars that are not as they were sealed (see ops.audit_session).
--
-- The sentence names the first 10 of them.
CREATE FUNCTION ops.health_of_retention() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_problems text;
BEGIN
    SELECT
        count(*),
        string_agg(risk.says, '; ' ORDER BY risk.place) FILTER (WHERE risk.place <= 10)
    INTO v_check.value, v_problems
    FROM (
        SELECT
            format('%s %s: %s', sealed.symbol, sealed.session, sealed.problem) AS says,
            row_number() OVER (ORDER BY sealed.symbol, sealed.session) AS place
        FROM job.sealed_session AS sealed
        WHERE sealed.problem IS NOT NULL AND NOT sealed.is_open
    ) AS risk;
    v_check.name := 'retention';
    v_check.unit := 'sessions';
    v_check.bad_at := 0;
    v_check.state := ops.state_of(v_check.value, 0, 0);
    IF v_problems IS NULL THEN
        v_check.says := 'the bars of sealed sessions are as they were sealed';
    ELSE
        v_check.says := 'bars of dropped quotes have changed: ' || v_problems;
        v_check.remedy := 'restore those sessions with `pgstrike restore`, rebuild their bars with '
        '`pgstrike task ask rebuild`, and drop them again with `pgstrike archive --drop`';
    END IF;
    RETURN v_check;
END;
$$;
