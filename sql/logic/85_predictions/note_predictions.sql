-- Keep predictions, and tell them as events of topic prediction. Returns how many are new.
--
-- The arrays are parallel. It is the transaction's last act, as ops.append_events is.
CREATE FUNCTION ops.note_predictions(
    p_models bigint[], p_features bigint[], p_values double precision[], p_reasons text[]
) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_new fo.prediction[];
BEGIN
    WITH added AS (
        INSERT INTO fo.prediction AS prediction (
            model, symbol, at, feature, value, reason, horizon_at
        )
        SELECT
            model.id, kept.symbol, kept.at, kept.id, made.value, made.reason,
            kept.at + model.horizon
        FROM
            unnest(p_models, p_features, p_values, p_reasons)
                AS made (model, feature, value, reason)
        INNER JOIN fo.model AS model ON made.model = model.id
        INNER JOIN fo.feature AS kept ON made.feature = kept.id
        ON CONFLICT (model, symbol, at) DO NOTHING
        RETURNING prediction
    )

    SELECT array_agg(added.prediction) INTO v_new
    FROM added;
    PERFORM ops.tell_predictions(v_new);
    RETURN coalesce(cardinality(v_new), 0);
END;
$$;
