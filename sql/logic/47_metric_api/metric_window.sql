-- The condition that `strikes` puts on the rows of a metric, as SQL; TRUE where none was sent.
--
-- p_names are the columns of the metric; p_expiries those asked for (NULL: all). A level stands for
-- its strikes.
CREATE FUNCTION ops.metric_window(
    p_symbol text, p_expiries date[], p_at timestamptz, p_words text[], p_names text[]
) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_word text;
    v_parts text[];
    v_conditions text[] := '{}';
BEGIN
    FOREACH v_word IN ARRAY coalesce(p_words, '{}') LOOP
        v_parts := regexp_match(v_word, '^atm:([0-9]{1,4})$');
        IF v_parts IS NOT NULL AND 'moneyness_level' = ANY(p_names) AND 'strike' <> ALL(p_names)
        THEN
            v_conditions := v_conditions || format(
                'answer.moneyness_level BETWEEN -%1$s AND %1$s', v_parts[1]
            );
            CONTINUE;
        ELSIF v_parts IS NOT NULL AND p_names @> '{strike,expiry}' THEN
            v_conditions := v_conditions || format(
                'EXISTS (SELECT FROM ops.strikes_around(%L, %L, %s, %L) AS near'
                ' WHERE near.expiry = answer.expiry'
                ' AND answer.strike > near.above AND answer.strike <= near.up_to)',
                p_symbol, p_expiries, v_parts[1], p_at
            );
            CONTINUE;
        END IF;
        v_parts := coalesce(
            regexp_match(v_word, '^([0-9]+(?:\.[0-9]+)?)\.\.([0-9]+(?:\.[0-9]+)?)$'),
            regexp_match(v_word, '^([0-9]+(?:\.[0-9]+)?)()$')
        );
        IF v_parts IS NULL OR 'strike' <> ALL(p_names) THEN
            RAISE EXCEPTION 'strikes is "%", which this metric does not have', v_word
                USING ERRCODE = 'invalid_parameter_value',
                    CONSTRAINT = 'bad_strikes',
                    HINT = 'Send levels each side of the money, such as strikes=atm:10.';
        END IF;
        v_conditions := v_conditions || format(
            'answer.strike BETWEEN %L AND %L',
            v_parts[1], coalesce(nullif(v_parts[2], ''), v_parts[1])
        );
    END LOOP;
    RETURN coalesce('(' || nullif(array_to_string(v_conditions, ' OR '), '') || ')', 'TRUE');
END;
$$;
