-- What a metric's rows are read from, and their columns, as SQL text.
--
-- Of several indicators each is a call, and the others are joined to the first by its keys. Of
-- several expiries each is a call, where the metric takes one. ordering is that of the rows.
CREATE FUNCTION ops.metric_parts(
    p_metric text,
    p_words jsonb,
    OUT columns json,
    OUT expressions text,
    OUT tables text,
    OUT ordering text
)
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    c_values constant text[] := '{call,put,value}';
    c_keys constant text[] := '{expiry,strike,bucket_time,leg}';
    v_indicators text[] := ARRAY(
        SELECT word.name
        FROM (
            SELECT string_agg(sent.value, ',') AS names
            FROM jsonb_array_elements_text(p_words -> 'indicator') AS sent
        ) AS sent
        CROSS JOIN LATERAL string_to_table(sent.names, ',') WITH ORDINALITY AS word (name, place)
        GROUP BY word.name
        ORDER BY min(word.place)
    );
    v_has_many boolean;
    v_fields text[] := ARRAY(
        SELECT word.name
        FROM jsonb_array_elements_text(p_words -> 'fields') AS sent
        CROSS JOIN LATERAL string_to_table(sent.value, ',') AS word (name)
    );
    v_keys text[];
BEGIN
    v_has_many := cardinality(v_indicators) > 1 AND EXISTS (
        SELECT FROM ops.metric_parameters_of(p_metric) AS known WHERE known.parameter = 'indicator'
    );
    IF NOT v_has_many THEN
        v_indicators := ARRAY[NULL::text];
    END IF;
    SELECT array_agg(answered.name) INTO v_keys
    FROM ops.metric_columns_of(p_metric) AS answered
    WHERE
        answered.name = ANY(c_keys)
        OR (
            answered.name = 'moneyness_level'
            AND NOT EXISTS (
                SELECT FROM ops.metric_columns_of(p_metric) AS other
                WHERE other.name = 'strike'
            )
        );
    SELECT
        json_agg(shown.name ORDER BY shown.place),
        string_agg(shown.expression, ', ' ORDER BY shown.place)
    INTO columns, expressions
    FROM ops.metric_shown(p_metric, v_indicators, c_values) AS shown
    WHERE
        cardinality(v_fields) = 0
        OR shown.column_name = ANY(v_keys)
        OR v_fields && shown.names;
    IF cardinality(v_fields) > 0 THEN
        PERFORM ops.check_known('field', field.name, known.names)
        FROM unnest(v_fields) AS field (name)
        CROSS JOIN (
            SELECT array_agg(DISTINCT each.name) AS names
            FROM ops.metric_shown(p_metric, v_indicators, c_values) AS shown
            CROSS JOIN LATERAL unnest(shown.names) AS each (name)
        ) AS known;
    END IF;
    SELECT
        string_agg(
            CASE each.number
                WHEN 1
                    THEN format(
                        '%s WITH ORDINALITY AS answer',
                        ops.metric_call(p_metric, p_words, each.name)
                    )
                ELSE format(
                    ' INNER JOIN LATERAL %1$s AS answer_%2$s ON %3$s',
                    ops.metric_call(p_metric, p_words, each.name), each.number,
                    (
                        SELECT
                            string_agg(
                                format('answer_%1$s.%2$I = answer.%2$I', each.number, key.name),
                                ' AND '
                            )
                        FROM unnest(v_keys) AS key (name)
                    )
                )
            END,
            '' ORDER BY each.number
        )
    INTO tables
    FROM unnest(v_indicators) WITH ORDINALITY AS each (name, number);
    ordering := 'answer.ordinality';
    IF jsonb_array_length(p_words -> 'expiry') <> 1 THEN
        tables := format(
            'unnest(%L::date[]) AS asked (expiry) CROSS JOIN LATERAL %s',
            ARRAY(SELECT jsonb_array_elements_text(p_words -> 'expiry')), tables
        );
        ordering := 'asked.expiry, answer.ordinality';
    END IF;
END;
$$;
