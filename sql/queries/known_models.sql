-- The models that the reader may know of, of one symbol or all (NULL), as JSON. One row each.
SELECT
    convert_to(json_build_object(
        'name', model.name,
        'version', model.version,
        'symbol', model.symbol,
        'form', model.form,
        'state', model.state,
        'label', model.label,
        'threshold', model.threshold,
        'horizon_seconds', model.horizon_seconds,
        'features', model.features,
        'sha256', model.sha256,
        'trained_from', model.trained_from,
        'trained_to', model.trained_to,
        'added_at', model.added_at,
        'activated_at', model.activated_at,
        'retired_at', model.retired_at,
        'validation', model.validation,
        'predictions', model.predictions,
        'newest_at', model.newest_at,
        'value', model.value,
        'reason', model.reason,
        'warning', model.warning
    )::text, 'UTF8') AS body
FROM ops.models(%(symbol)s::text) AS model;
