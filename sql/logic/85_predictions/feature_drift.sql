-- How far the rows that a model predicted from lie outside of those that it was trained on.
--
-- A row for each feature whose quantiles its validation has. outside is the share of its newest
-- rows below the first quantile or above the last one; missing is the share without a figure, and
-- trained_missing the same of the training. Either may be greater by most. Prices and IV wander, so
-- rows of a few days fill a corner of the training's range: that is no drift. Figures beyond the
-- range are.
CREATE FUNCTION ops.feature_drift(p_model bigint) RETURNS TABLE (
    feature text,
    rows bigint,
    outside double precision,
    missing double precision,
    trained_missing double precision,
    most double precision,
    has_drifted boolean
)
LANGUAGE sql STABLE AS $$
WITH newest AS (
    SELECT kept.figures
    FROM fo.prediction AS prediction
    INNER JOIN fo.feature AS kept ON prediction.feature = kept.id
    WHERE prediction.model = p_model
    ORDER BY prediction.at DESC
    LIMIT 375
),

trained AS (
    SELECT
        known.name,
        (known.what -> 'quantiles' ->> 0)::double precision AS low,
        (known.what -> 'quantiles' ->> -1)::double precision AS high,
        coalesce((known.what ->> 'missing')::double precision, 0) AS missing
    FROM fo.model AS model
    CROSS JOIN
        LATERAL jsonb_each(
            CASE
                WHEN jsonb_typeof(model.validation -> 'features') = 'object'
                    THEN model.validation -> 'features'
            END
        ) AS known (name, what)
    WHERE model.id = p_model AND jsonb_array_length(known.what -> 'quantiles') > 1
)

SELECT
    counted.name, counted.rows, counted.outside, counted.missing, counted.trained_missing,
    allowed.most,
    counted.rows >= 60
    AND (
        coalesce(counted.outside > allowed.most, FALSE)
        OR counted.missing > counted.trained_missing + allowed.most
    )
FROM (
    SELECT
        trained.name,
        count(*) AS rows,
        avg(
            (figure.figure NOT BETWEEN trained.low AND trained.high)::integer
        )::double precision AS outside,
        avg((figure.figure IS NULL)::integer)::double precision AS missing,
        trained.missing AS trained_missing
    FROM trained
    CROSS JOIN newest
    CROSS JOIN
        LATERAL (SELECT (newest.figures ->> trained.name)::double precision AS figure) AS figure
    GROUP BY trained.name, trained.missing
) AS counted
CROSS JOIN (SELECT double precision '0.2' AS most) AS allowed;
$$;
