-- Refuse features that this release does not compute.
CREATE FUNCTION ops.check_model_features(p_features text[]) RETURNS void
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_unknown text := (
        SELECT min(wanted.name)
        FROM unnest(p_features) AS wanted (name)
        WHERE wanted.name <> ALL(analytics.feature_names())
    );
BEGIN
    IF v_unknown IS NOT NULL OR cardinality(p_features) = 0 THEN
        PERFORM ops.refuse_call(
            'unknown_feature',
            coalesce(
                format('this pgstrike has no feature %s', v_unknown), 'the model has no feature'
            ),
            '`SELECT unnest(analytics.feature_names())` lists the features.'
        );
    END IF;
END;
$$;
