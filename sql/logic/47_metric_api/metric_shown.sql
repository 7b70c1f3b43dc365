-- The columns of a metric's answer: what each is called, what else it is found by, and its SQL.
--
-- p_indicators has one NULL, or several indicators: each of them has columns of its own, those of
-- the metric that are named in p_values.
CREATE FUNCTION ops.metric_shown(
    p_metric text, p_indicators text[], p_values text[]
) RETURNS TABLE (
    place bigint, column_name text, name text, names text[], expression text
)
LANGUAGE sql STABLE AS $$
SELECT
    row_number() OVER (
        ORDER BY answered.name = ANY(p_values), indicator.number, answered.place
    ),
    answered.name,
    shown.name,
    ARRAY[
        answered.name, shown.name, regexp_replace(shown.name, '^(call|put)_', ''),
        coalesce(indicator.name, answered.name)
    ],
    CASE
        WHEN answered.type = 'interval'::regtype
            THEN format('extract(EPOCH FROM %s)::double precision', shown.source)
        ELSE shown.source
    END
FROM ops.metric_columns_of(p_metric) AS answered
CROSS JOIN unnest(p_indicators) WITH ORDINALITY AS indicator (name, number)
CROSS JOIN
    LATERAL (
        SELECT
            CASE
                WHEN indicator.name IS NOT NULL AND answered.name = 'value' THEN indicator.name
                WHEN indicator.name IS NOT NULL AND answered.name = ANY(p_values)
                    THEN concat(answered.name, '_', indicator.name)
                WHEN answered.type = 'interval'::regtype THEN answered.name || '_seconds'
                ELSE answered.name
            END AS name,
            format(
                '%I.%I',
                'answer' || CASE WHEN indicator.number > 1 THEN '_' || indicator.number ELSE '' END,
                answered.name
            ) AS source
    ) AS shown
WHERE indicator.number = 1 OR answered.name = ANY(p_values);
$$;
