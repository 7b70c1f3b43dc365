-- The rows of analytics.watchlist as ops.metric_rows gives those of a metric.
CREATE FUNCTION ops.watchlist_rows(p_name text, OUT columns json, OUT rows text)
LANGUAGE plpgsql STABLE SET timezone = 'UTC' AS $$
DECLARE
    c_most constant integer := 10000;
    v_expressions text;
    v_count bigint;
BEGIN
    SELECT
        json_agg(shown.name ORDER BY shown.place),
        string_agg(shown.expression, ', ' ORDER BY shown.place)
    INTO columns, v_expressions
    FROM ops.metric_shown('watchlist', ARRAY[NULL], '{}') AS shown;
    EXECUTE format(
        'SELECT string_agg(page.line, '','' ORDER BY page.place), count(*) FROM ('
        'SELECT answer.ordinality AS place, json_build_array(%s)::text AS line'
        ' FROM analytics.watchlist($1) WITH ORDINALITY AS answer LIMIT $2) AS page',
        v_expressions
    ) INTO rows, v_count USING p_name, c_most + 1;
    IF v_count > c_most THEN
        PERFORM ops.refuse_call(
            'too_many_rows', format('the watchlist names more than %s strikes', c_most),
            'Set it with fewer expiries, or with strikes such as atm:10.',
            'name'
        );
    END IF;
END;
$$;
