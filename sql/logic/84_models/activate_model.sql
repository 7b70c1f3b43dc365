-- Have a version of a model predict from now on, in place of the active one. Returns its version.
--
-- p_version NULL is the newest one.
CREATE FUNCTION ops.activate_model(p_name text, p_version integer) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_model fo.model := ops.known_model(p_name, p_version);
BEGIN
    PERFORM ops.check_model_features(v_model.features);
    PERFORM ops.retire_model(p_name);
    UPDATE fo.model AS model
    SET state = 'active', activated_at = clock_timestamp(), retired_at = NULL
    WHERE model.id = v_model.id;
    RETURN v_model.version;
END;
$$;
