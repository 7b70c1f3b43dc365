-- Add a model, as the next version of its name. Returns the version. A known model is refused.
CREATE FUNCTION ops.add_model(
    p_name text, p_symbol text, p_form text, p_body text, p_features text[], p_label text,
    p_horizon interval, p_threshold double precision,
    p_trained_from timestamptz, p_trained_to timestamptz, p_validation jsonb
) RETURNS integer
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_sha256 text := encode(sha256(convert_to(p_body, 'UTF8')), 'hex');
    v_version integer;
BEGIN
    -- One session at a time counts the versions; models are read meanwhile.
    LOCK TABLE fo.model IN SHARE ROW EXCLUSIVE MODE;
    IF p_name !~ '^[a-z0-9][a-z0-9_.-]{0,62}$' THEN
        PERFORM ops.refuse_call(
            'bad_name', format('"%s" is no name of a model', left(p_name, 80)),
            'Send at most 63 small letters, digits, and _ . - between them.'
        );
    END IF;
    PERFORM ops.check_model_features(p_features);
    IF p_symbol IS NOT NULL THEN
        PERFORM ops.check_known(
            'symbol', p_symbol,
            (SELECT array_agg(known.symbol) FROM fo.instrument AS known)
        );
    END IF;
    SELECT model.version INTO v_version
    FROM fo.model AS model
    WHERE
        model.name = p_name
        AND (
            model.sha256, model.symbol, model.features, model.label, model.horizon, model.threshold
        ) IS NOT DISTINCT FROM (
            v_sha256, p_symbol, p_features, p_label, p_horizon, p_threshold
        );
    IF FOUND THEN
        PERFORM ops.refuse_call(
            'known_model', format('version %s of %s is this model', v_version, p_name),
            format('Activate it: `pgstrike model activate %s --version %s`.', p_name, v_version)
        );
    END IF;
    INSERT INTO fo.model (
        name, version, symbol, form, body, sha256, features, label, horizon, threshold,
        trained_from, trained_to, validation
    )
    SELECT
        p_name, coalesce(max(model.version), 0) + 1, p_symbol, p_form, p_body, v_sha256,
        p_features, p_label, p_horizon, p_threshold, p_trained_from, p_trained_to, p_validation
    FROM fo.model AS model
    WHERE model.name = p_name
    RETURNING version INTO v_version;
    RETURN v_version;
END;
$$;
