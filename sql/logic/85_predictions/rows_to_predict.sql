-- Which active model predicts from which rows of features: all that are for the row's symbol.
--
-- figures has the model's features in its order; NULL where one is unknown. lacks names the
-- features that the row does not have at all.
CREATE FUNCTION ops.rows_to_predict(p_features bigint[]) RETURNS TABLE (
    model bigint,
    name text,
    version integer,
    form text,
    sha256 text,
    features text[],
    feature bigint,
    figures double precision[],
    lacks text[]
)
LANGUAGE sql STABLE AS $$
SELECT
    model.id, model.name, model.version, model.form, model.sha256, model.features, kept.id,
    asked.figures, asked.lacks
FROM fo.feature AS kept
INNER JOIN fo.model AS model
    ON model.state = 'active' AND (model.symbol IS NULL OR kept.symbol = model.symbol)
CROSS JOIN
    LATERAL (
        SELECT
            array_agg(
                (kept.figures ->> wanted.name)::double precision ORDER BY wanted.place
            ) AS figures,
            coalesce(
                array_agg(wanted.name ORDER BY wanted.place)
                FILTER (WHERE NOT kept.figures ? wanted.name),
                '{}'
            ) AS lacks
        FROM unnest(model.features) WITH ORDINALITY AS wanted (name, place)
    ) AS asked
WHERE kept.id = ANY(p_features)
ORDER BY model.id, kept.id;
$$;
