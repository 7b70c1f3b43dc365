-- Which active models are worse than their base rate, have drifted, or give no value.
--
-- It is never bad: a market that changes is no fault of the machine.
CREATE FUNCTION ops.health_of_models() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_models bigint;
    v_wrong text;
BEGIN
    SELECT
        count(*),
        count(found.says),
        string_agg(
            format('%s %s: %s', found.name, found.version, found.says), '; '
            ORDER BY found.name
        ) FILTER (WHERE found.says IS NOT NULL)
    INTO v_models, v_check.value, v_wrong
    FROM (
        SELECT
            model.name, model.version,
            (
                SELECT string_agg(fault.says, '; ')
                FROM ops.model_faults(model.id) AS fault
                WHERE fault.kind IN ('worse', 'drifted', 'silent')
            ) AS says
        FROM fo.model AS model
        WHERE model.state = 'active'
    ) AS found;
    v_check.name := 'models';
    v_check.unit := 'models';
    v_check.state := CASE WHEN v_check.value > 0 THEN 'warn' ELSE 'ok' END;
    v_check.says := coalesce(v_wrong, format('of %s active models, none is at fault', v_models));
    IF v_wrong IS NOT NULL THEN
        v_check.remedy := 'train it again, or `pgstrike model retire NAME`';
    END IF;
    RETURN v_check;
END;
$$;
