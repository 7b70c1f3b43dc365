-- Append an event of topic prediction for each of these: the prediction as it stands now.
CREATE FUNCTION ops.tell_predictions(p_predictions fo.prediction[]) RETURNS void
LANGUAGE sql VOLATILE SET timezone = 'UTC' AS $$
WITH warned AS (
    SELECT model.id, ops.model_warning(model.id) AS warning
    FROM fo.model AS model
    WHERE model.id IN (SELECT told.model FROM unnest(p_predictions) AS told)
)

SELECT
    ops.append_events(
        array_agg(text 'prediction' ORDER BY told.at, told.model),
        array_agg(told.symbol ORDER BY told.at, told.model),
        array_agg(NULL::date),
        array_agg(
            json_build_object(
                'topic', 'prediction',
                'symbol', told.symbol,
                'model', model.name,
                'version', model.version,
                'label', model.label,
                'at', told.at,
                'value', told.value,
                'reason', told.reason,
                'horizon_at', told.horizon_at,
                'outcome', told.outcome,
                'outcome_reason', told.outcome_reason,
                'warning', warned.warning
            )::text
            ORDER BY told.at, told.model
        )
    )
FROM unnest(p_predictions) AS told
INNER JOIN fo.model AS model ON told.model = model.id
INNER JOIN warned ON told.model = warned.id
HAVING count(*) > 0;
$$;
