-- The call of a metric's function, as SQL text, from words in its own terms; p_indicator NULL takes
-- theirs. Of several expiries it is the call for each row of `asked` (ops.metric_parts).
CREATE FUNCTION ops.metric_call(p_metric text, p_words jsonb, p_indicator text) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT
    format(
        'analytics.%I(%s)',
        p_metric,
        string_agg(
            CASE
                WHEN p_words -> known.parameter -> 0 = 'null'
                    THEN format('p_%s => NULL', known.parameter)
                WHEN known.parameter = 'expiry' AND jsonb_array_length(p_words -> 'expiry') <> 1
                    THEN 'p_expiry => asked.expiry'
                WHEN known.parameter = 'indicator' AND p_indicator IS NOT NULL
                    THEN format('p_indicator => %L', p_indicator)
                ELSE ops.metric_argument(
                    known.parameter, known.type, known.is_array,
                    ARRAY(SELECT jsonb_array_elements_text(p_words -> known.parameter))
                )
            END,
            ', ' ORDER BY known.place
        )
    )
FROM ops.metric_parameters_of(p_metric) AS known
WHERE
    p_words ? known.parameter
    -- A window is a condition on the rows, and nothing that a function knows.
    AND NOT (
        known.parameter = 'strikes'
        AND p_words -> 'strikes' @? '$[*] ? (@ like_regex "(\\.\\.|:)")'
    );
$$;
