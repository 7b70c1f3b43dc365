-- How a model's newest outcomes fell out, against its base rate told on each.
--
-- Those of times that it was trained on do not count. The base rate is that of its training; where
-- that is not known, that of these outcomes. Over fewer outcomes than `needed` nothing is said.
CREATE FUNCTION ops.model_score(
    p_model bigint, OUT outcomes bigint, OUT needed integer,
    OUT brier double precision, OUT base_brier double precision
)
LANGUAGE sql STABLE AS $$
SELECT
    count(*),
    100,
    avg((newest.value - newest.outcome) ^ 2),
    avg((coalesce(newest.base_rate, newest.share) - newest.outcome) ^ 2)
FROM (
    SELECT
        prediction.value,
        prediction.outcome,
        ops.base_rate(p_model) AS base_rate,
        avg(prediction.outcome::double precision) OVER () AS share
    FROM (
        SELECT made.value, made.outcome
        FROM fo.prediction AS made
        INNER JOIN fo.model AS trained ON made.model = trained.id
        WHERE
            made.model = p_model
            AND made.value IS NOT NULL
            AND made.outcome IS NOT NULL
            AND NOT ops.is_trained_on(trained, made.at)
        ORDER BY made.at DESC
        LIMIT 500
    ) AS prediction
) AS newest;
$$;
