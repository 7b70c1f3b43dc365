SELECT
    model.name,
    model.version,
    model.state,
    coalesce(model.symbol, 'any symbol') AS symbol,
    model.form,
    model.label,
    model.horizon,
    model.threshold,
    cardinality(model.features) AS features,
    model.validation #>> '{overall,model,brier}' AS brier,
    model.validation #>> '{overall,base_rate_before,brier}' AS base_brier,
    ops.model_warning(model.id) AS warning
FROM fo.model AS model
ORDER BY model.name, model.version;
