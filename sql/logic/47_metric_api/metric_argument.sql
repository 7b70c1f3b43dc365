-- One named argument of a metric's call, as SQL text, from the words that a reader sent for it.
--
-- A word that is none of the parameter's type is refused (22023), and so is an instant without
-- a zone, and more than one word for what is no array.
CREATE FUNCTION ops.metric_argument(
    p_parameter text, p_type regtype, p_is_array boolean, p_words text[]
) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_value text;
BEGIN
    IF cardinality(p_words) > 1 AND NOT p_is_array THEN
        RAISE EXCEPTION '% is repeated', p_parameter
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'repeated_parameter',
                COLUMN = p_parameter,
                HINT = 'Send it once.';
    END IF;
    IF p_type = 'timestamptz'::regtype AND p_words[1] !~ '(Z|[+-][0-9]{2}(:?[0-9]{2})?)$' THEN
        RAISE invalid_datetime_format;
    END IF;
    IF p_is_array THEN
        EXECUTE format('SELECT ($1::%s)::text', p_type) INTO v_value USING p_words;
    ELSE
        EXECUTE format('SELECT ($1::%s)::text', p_type) INTO v_value USING p_words[1];
    END IF;
    RETURN format('p_%s => %L::%s', p_parameter, v_value, p_type);
EXCEPTION
    WHEN invalid_text_representation OR invalid_datetime_format OR datetime_field_overflow
        OR numeric_value_out_of_range OR invalid_time_zone_displacement_value THEN
        RAISE EXCEPTION '% is "%", which is no %', p_parameter, array_to_string(p_words, ','),
            p_type
            USING ERRCODE = 'invalid_parameter_value',
                CONSTRAINT = 'bad_' || p_parameter,
                HINT = CASE p_type
                    WHEN 'timestamptz'::regtype
                        THEN 'Send a time with its zone, such as 2025-08-29T03:45:00Z.'
                    WHEN 'date'::regtype THEN 'Send a date, such as 2025-09-02.'
                    WHEN 'interval'::regtype THEN 'Send an interval, such as 15 minutes.'
                    ELSE 'Send another.'
                END;
END;
$$;
