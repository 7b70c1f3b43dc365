-- The rows of a metric as JSON arrays, one after the other; NULL for none.
--
-- p_words has, for each parameter (without its p_), the words that a reader sent. Instants are in
-- UTC. An interval comes as seconds: ops.metric_names says so in the column's name.
CREATE FUNCTION ops.metric_rows(p_metric text, p_words jsonb) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    v_columns text;
    v_arguments text;
    v_unknown text;
    v_missing text;
    v_rows text;
BEGIN
    PERFORM ops.check_known(
        'metric', p_metric,
        ARRAY(
            SELECT DISTINCT known.metric
            FROM ops.metric_parameter AS known
            ORDER BY known.metric
        )
    );
    SELECT sent.parameter INTO v_unknown
    FROM jsonb_object_keys(p_words) AS sent (parameter)
    WHERE
        sent.parameter NOT IN (
            SELECT known.parameter
            FROM ops.metric_parameter AS known
            WHERE known.metric = p_metric
        );
    IF FOUND THEN
        PERFORM ops.check_known(
            'parameter', v_unknown,
            ARRAY(
                SELECT known.parameter
                FROM ops.metric_parameter AS known
                WHERE known.metric = p_metric
                ORDER BY known.place
            )
        );
    END IF;
    SELECT string_agg(known.parameter, ', ' ORDER BY known.place) INTO v_missing
    FROM ops.metric_parameter AS known
    WHERE known.metric = p_metric AND NOT known.is_optional AND NOT p_words ? known.parameter;
    IF v_missing IS NOT NULL THEN
        RAISE EXCEPTION '% is missing', v_missing
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'missing_parameter',
                HINT = format('Send %s too.', v_missing);
    END IF;
    SELECT
        string_agg(
            ops.metric_argument(
                known.parameter, known.type, known.is_array,
                ARRAY(SELECT jsonb_array_elements_text(p_words -> known.parameter))
            ),
            ', ' ORDER BY known.place
        )
    INTO v_arguments
    FROM ops.metric_parameter AS known
    WHERE known.metric = p_metric AND p_words ? known.parameter;
    SELECT
        string_agg(
            CASE
                WHEN answered.type = 'interval'::regtype
                    THEN format('extract(EPOCH FROM answer.%I)::double precision', answered.name)
                ELSE format('answer.%I', answered.name)
            END,
            ', ' ORDER BY answered.place
        )
    INTO v_columns
    FROM ops.metric_column AS answered
    WHERE answered.metric = p_metric;
    EXECUTE format(
        'SELECT string_agg(json_build_array(%s)::text, '','') FROM analytics.%I(%s) AS answer',
        v_columns, p_metric, v_arguments
    ) INTO v_rows;
    RETURN v_rows;
END;
$$;
