-- Of which symbols the newest minutes have no features, or no predictions from them, and why.
CREATE FUNCTION ops.health_of_features() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_check ops.health_check;
    v_wrong text;
BEGIN
    SELECT
        count(*),
        string_agg(
            format(
                '%s at %s: %s', failure.symbol,
                to_char(failure.at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), failure.error
            ), '; ' ORDER BY failure.symbol
        )
    INTO v_check.value, v_wrong
    FROM job.feature_failure AS failure
    WHERE NOT EXISTS (
        SELECT FROM fo.feature AS feature
        WHERE feature.symbol = failure.symbol AND feature.at >= failure.at
    );
    v_check.name := 'features';
    v_check.unit := 'symbols';
    v_check.state := CASE WHEN v_check.value > 0 THEN 'warn' ELSE 'ok' END;
    v_check.says := coalesce('no features of ' || v_wrong, 'no symbol failed');
    IF v_wrong IS NOT NULL THEN
        v_check.remedy := 'do what the error says; each is tried again by itself';
    END IF;
    RETURN v_check;
END;
$$;
