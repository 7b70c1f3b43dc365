-- What is wrong with a model, by its own predictions: a row for each fault.
--
-- worse: the Brier score of its newest outcomes is above that of its base rate, told on each.
-- drifted: of its newest rows of features, one lies outside of what it was trained on far more
-- often than it should. silent: its newest prediction has no value. unjudged and unknown are what
-- cannot be said yet: too few outcomes, no ranges of the training. trained_on: what it said of its
-- own training.
CREATE FUNCTION ops.model_faults(p_model bigint) RETURNS TABLE (kind text, says text)
LANGUAGE sql STABLE AS $$
WITH model AS (
    SELECT model.*
    FROM fo.model AS model
    WHERE model.id = p_model
),

score AS (
    SELECT score.* FROM model CROSS JOIN ops.model_score(model.id) AS score
)

SELECT
    'worse',
    format(
        'worse than the base rate: Brier score %s against %s over its newest %s outcomes',
        round(score.brier::numeric, 4), round(score.base_brier::numeric, 4), score.outcomes
    )
FROM score
WHERE score.outcomes >= score.needed AND score.brier > score.base_brier
UNION ALL
SELECT
    'drifted',
    format(
        'drifted over its newest %s rows: %s%s', max(drift.rows),
        string_agg(drift.says, ', ' ORDER BY drift.place) FILTER (WHERE drift.place <= 3),
        ' and ' || nullif(count(*) - 3, least(count(*) - 3, 0)) || ' more'
    )
FROM (
    SELECT
        each.rows,
        CASE
            WHEN each.outside > each.most
                THEN format(
                    '%s outside of its training in %s %%', each.feature,
                    round(100 * each.outside::numeric)
                )
            ELSE format(
                '%s unknown in %s %%, in its training %s %%', each.feature,
                round(100 * each.missing::numeric), round(100 * each.trained_missing::numeric)
            )
        END AS says,
        row_number() OVER (
            ORDER BY greatest(each.outside, each.missing) DESC, each.feature ASC
        ) AS place
    FROM ops.feature_drift(p_model) AS each
    WHERE each.has_drifted
) AS drift
HAVING count(*) > 0
UNION ALL
SELECT 'silent', 'its newest prediction has no value: ' || newest.reason
FROM (
    SELECT prediction.reason
    FROM fo.prediction AS prediction
    WHERE prediction.model = p_model
    ORDER BY prediction.at DESC
    LIMIT 1
) AS newest
WHERE newest.reason IS NOT NULL
UNION ALL
SELECT
    'unjudged',
    format('not judged yet: %s of %s outcomes', score.outcomes, score.needed)
FROM score
WHERE score.outcomes < score.needed
UNION ALL
SELECT
    'trained_on',
    format('%s predictions are of times that it was trained on, and are not judged', count(*))
FROM model
INNER JOIN fo.prediction AS prediction ON model.id = prediction.model
WHERE
    prediction.at <= model.trained_to
    AND prediction.at >= coalesce(model.trained_from, '-infinity')
HAVING count(*) > 0
UNION ALL
SELECT 'unknown', 'drift is unknown: its validation has no ranges of its features'
FROM model
WHERE jsonb_typeof(model.validation -> 'features') IS DISTINCT FROM 'object';
$$;
