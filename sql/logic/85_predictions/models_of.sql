-- The models for a symbol, of one name or all (NULL), and what has to be said of each.
CREATE FUNCTION ops.models_of(p_symbol text, p_model text) RETURNS TABLE (
    id bigint,
    name text,
    version integer,
    label text,
    threshold double precision,
    base_rate double precision,
    warning text
)
LANGUAGE sql STABLE AS $$
SELECT
    model.id, model.name, model.version, model.label, model.threshold,
    ops.base_rate(model.id), ops.model_warning(model.id)
FROM fo.model AS model
WHERE
    (model.symbol IS NULL OR model.symbol = p_symbol)
    AND (p_model IS NULL OR model.name = p_model);
$$;
