-- Refuse words that a metric has no meaning for, that say one thing twice, or that are missing.
CREATE FUNCTION ops.check_metric_words(p_metric text, p_words jsonb) RETURNS void
LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan AS $$
DECLARE
    v_known text[] := ops.words_taken(p_metric);
    v_unknown text := (
        SELECT sent.name
        FROM jsonb_object_keys(p_words) AS sent (name)
        WHERE sent.name <> ALL(v_known)
        LIMIT 1
    );
    v_missing text := (
        SELECT string_agg(known.parameter, ', ' ORDER BY known.place)
        FROM ops.metric_parameters_of(p_metric) AS known
        WHERE NOT known.is_optional AND NOT p_words ? known.parameter
    );
BEGIN
    IF v_unknown IS NOT NULL THEN
        RAISE EXCEPTION 'unknown parameter "%"', v_unknown
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'unknown_parameter',
                COLUMN = v_unknown,
                HINT = format(
                    'Send one of: %s.',
                    (
                        SELECT string_agg(known.name, ', ' ORDER BY known.place)
                        FROM (
                            SELECT each.name, min(each.place) AS place
                            FROM
                                unnest(v_known || '{after,tz,format}')
                                WITH ORDINALITY AS each (name, place)
                            GROUP BY each.name
                        ) AS known
                    )
                );
    ELSIF p_words ?& '{expiry,expiries}' OR p_words ?& '{strikes,around}' THEN
        v_missing := CASE WHEN p_words ? 'expiries' THEN 'expiries' ELSE 'around' END;
        RAISE EXCEPTION '% says the same as another parameter', v_missing
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'repeated_parameter',
                COLUMN = v_missing,
                HINT = 'Send one of expiry and expiries, and one of strikes and around.';
    ELSIF v_missing IS NOT NULL THEN
        RAISE EXCEPTION '% is missing', v_missing
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'missing_parameter',
                COLUMN = v_missing,
                HINT = format('Send %s too.', v_missing);
    END IF;
END;
$$;
