-- The rows of a metric as JSON arrays, one after the other (NULL for none), with their columns.
--
-- p_words has, for each parameter (without its p_), the words that a reader sent, and fields,
-- strikes, limit and cursor, which every metric has that has such columns. Instants are in UTC. An
-- interval comes as seconds, and its column is called so. Several indicators are columns side by
-- side. cursor says where to go on where there are more rows than the limit, else NULL.
CREATE FUNCTION ops.metric_rows(
    p_metric text, p_words jsonb, OUT columns json, OUT rows text, OUT cursor text
)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    c_most constant integer := 10000;
    v_names text[];
    v_known text[];
    v_sent record;
    v_words jsonb;
    v_limit integer;
    v_columns text;
    v_tables text;
    v_ordering text;
    v_condition text;
    v_count bigint;
    v_instant text;
BEGIN
    SELECT array_agg(known.parameter ORDER BY known.place) INTO v_known
    FROM ops.metric_parameters_of(p_metric) AS known;
    IF v_known IS NULL THEN
        PERFORM ops.check_known('metric', p_metric, ops.metrics_known());
    END IF;
    SELECT array_agg(answered.name ORDER BY answered.place) INTO v_names
    FROM ops.metric_columns_of(p_metric) AS answered;
    PERFORM ops.check_metric_words(p_metric, p_words);
    IF v_known @> '{at,limit}' AND NOT p_words ?| '{at,cursor}' THEN
        -- There is most often a next page, which is as of an instant: so is this one.
        p_words := p_words || coalesce(
            (
                SELECT jsonb_build_object('at', jsonb_build_array(instrument.clock))
                FROM fo.instrument AS instrument
                WHERE instrument.symbol = p_words -> 'symbol' ->> 0
                AND instrument.clock IS NOT NULL
            ), '{}'
        );
    END IF;
    v_sent := ops.metric_words(p_metric, p_words);
    v_words := v_sent.words;
    v_condition := ops.metric_window(
        v_words -> 'symbol' ->> 0,
        (
            SELECT array_agg(sent.value::date)
            FROM
                jsonb_array_elements_text(
                    coalesce(v_words -> 'expiry', v_words -> 'expiries')
                ) AS sent
        ),
        v_sent.at,
        ARRAY(SELECT jsonb_array_elements_text(v_words -> 'strikes')), v_names
    );
    IF v_words ? 'expiry' AND 'expiry' <> ALL(v_known) THEN
        v_condition := v_condition || format(
            ' AND answer.expiry = ANY(%L::date[])',
            ARRAY(SELECT jsonb_array_elements_text(v_words -> 'expiry'))
        );
        v_words := v_words - 'expiry';
    END IF;
    v_limit := least(coalesce((v_words -> 'limit' ->> 0)::integer, c_most), c_most);
    IF 'limit' = ANY(v_known) THEN
        -- Its rows are counted here: those that are left out leave room for others, and a page
        -- goes on after another one.
        v_limit := least(
            coalesce(
                v_words -> 'limit' ->> 0,
                (
                    SELECT known.default_word
                    FROM ops.metric_parameters_of(p_metric) AS known
                    WHERE known.parameter = 'limit'
                )
            )::integer,
            c_most
        );
        v_words := v_words || '{"limit": [null]}';
    END IF;
    SELECT parts.columns, parts.expressions, parts.tables, parts.ordering
    INTO columns, v_columns, v_tables, v_ordering
    FROM ops.metric_parts(p_metric, v_words) AS parts;
    EXECUTE format(
        'SELECT string_agg(page.line, '','' ORDER BY page.place) FILTER (WHERE page.place <= $1),'
        ' count(*) FROM ('
        'SELECT row_number() OVER (ORDER BY %1$s) AS place,'
        ' json_build_array(%2$s)::text AS line FROM %3$s WHERE %4$s'
        ' ORDER BY %1$s OFFSET $2 LIMIT $3) AS page',
        v_ordering, v_columns, v_tables, v_condition
    ) INTO rows, v_count USING v_sent.skipped + v_limit, v_sent.skipped, v_limit + 1;
    IF v_count <= v_limit THEN
        RETURN;
    END IF;
    v_instant := to_char(
        coalesce(
            (v_words -> 'to' ->> 0)::timestamptz, (v_words -> 'at' ->> 0)::timestamptz,
            (
                -- `at` includes its instant; `to` does not.
                SELECT
                    instrument.clock
                    + CASE WHEN 'at' = ANY(v_known) THEN '0' ELSE '1 microsecond' END::interval
                FROM fo.instrument AS instrument
                WHERE instrument.symbol = v_words -> 'symbol' ->> 0
            ),
            timestamptz '2000-01-01 00:00:00Z' -- of no symbol
        ),
        'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'
    );
    IF 'at' = ANY(v_known) AND NOT v_words ? 'at' THEN
        -- The next page is as of an instant, and the snapshot may be behind it: so is this one.
        SELECT page.columns, page.rows, page.cursor INTO columns, rows, cursor
        FROM ops.metric_rows(
            p_metric, p_words || jsonb_build_object('at', jsonb_build_array(v_instant))
        ) AS page;
    ELSE
        cursor := format('%s@%s', v_sent.skipped + v_limit, v_instant);
    END IF;
END;
$$;
