-- A version of a model, the newest where none is given. No other session changes it meanwhile.
CREATE FUNCTION ops.known_model(p_name text, p_version integer) RETURNS fo.model
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_model fo.model;
BEGIN
    LOCK TABLE fo.model IN SHARE ROW EXCLUSIVE MODE; -- two that activate wait for each other
    SELECT * INTO v_model
    FROM fo.model AS model
    WHERE model.name = p_name AND model.version = coalesce(p_version, model.version)
    ORDER BY model.version DESC
    LIMIT 1;
    IF NOT FOUND THEN
        PERFORM ops.refuse_call(
            'unknown_model',
            concat('there is no', ' version ' || p_version || ' of', ' model ', p_name),
            '`pgstrike model list` lists them.'
        );
    END IF;
    RETURN v_model;
END;
$$;
