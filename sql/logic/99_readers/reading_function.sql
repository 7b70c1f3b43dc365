-- The CREATE of ops.read_<relation>: the rows of a relation of fo that the caller may read.
--
-- It runs as the owner, so that nobody sees its plan. Its arguments, all optional, are the columns
-- that indexes have, and p_from <= time < p_to. Each call is planned for the arguments that it has;
-- but the plan for one contract is kept, because a view asks for one after the other. Rows without
-- a symbol, and relations without one, are for readers of every symbol; c_open are for everybody.
-- Which topic they need is as in ops.check_readable_topic; c_open and instrument need none.
CREATE FUNCTION ops.reading_function(p_relation regclass) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_open constant text[] := '{exchange,exchange_hours,session,snapshot_version}';
    v_name text := (SELECT relname FROM pg_catalog.pg_class WHERE oid = p_relation);
    v_columns text[] := ARRAY(
        SELECT attname FROM pg_catalog.pg_attribute
        WHERE attrelid = p_relation AND attnum > 0 AND NOT attisdropped
    );
    v_time text := (
        SELECT name FROM unnest('{bucket_time,quote_time,rejected_at,at}'::text[]) AS name
        WHERE name = ANY(v_columns)
        LIMIT 1
    );
    v_has_symbol boolean := 'symbol' = ANY(v_columns);
    v_topics text := CASE
        WHEN v_name LIKE 'expiry\_metrics%' THEN '''{metrics}'''
        WHEN v_name IN ('model', 'prediction') THEN '''{prediction}'''
        WHEN v_name = ANY(c_open || '{instrument}') THEN 'NULL'
        ELSE '''{chain}'''
    END;
    v_parameters text;
    v_conditions text;
    v_values text;
    v_first text := '';
    v_query text := format('SELECT relation.* FROM fo.%I AS relation WHERE ', v_name);
BEGIN
    SELECT
        string_agg(format('p_%s %s DEFAULT NULL', each.name, each.type), ', ' ORDER BY each.place),
        string_agg(
            format(
                ', CASE WHEN %s IS NOT NULL THEN %L END',
                each.value, format('relation.' || each.condition, '$' || each.place)
            ),
            '' ORDER BY each.place
        ),
        string_agg(each.value, ', ' ORDER BY each.place)
    INTO v_parameters, v_conditions, v_values
    FROM (
        SELECT known.*, row_number() OVER (ORDER BY known.number) AS place
        FROM (
            VALUES
            (1, 'symbol', 'symbol', 'text', 'v_symbols', 'symbol = ANY(%s)'),
            (2, 'expiry', 'expiry', 'date', 'p_expiry', 'expiry = %s'),
            (3, 'strike', 'strike', 'double precision', 'p_strike', 'strike = %s'),
            (4, 'level', 'moneyness_level', 'integer', 'p_level', 'moneyness_level = %s'),
            (5, 'timeframe', 'timeframe', 'text', 'p_timeframe', 'timeframe = %s'),
            (6, 'from', v_time, 'timestamptz', 'p_from', v_time || ' >= %s'),
            (7, 'to', v_time, 'timestamptz', 'p_to', v_time || ' < %s')
        ) AS known (number, name, column_name, type, value, condition)
        WHERE known.column_name = ANY(v_columns)
    ) AS each;
    IF NOT v_has_symbol AND v_name <> ALL(c_open) THEN
        v_first := 'IF v_symbols IS NOT NULL THEN RETURN; END IF; ';
    ELSIF 'strike' = ANY(ops.view_keys(p_relation)) THEN
        v_first := format(
            'IF num_nonnulls(p_symbol, p_expiry, p_strike) = 3 AND p_level IS NULL THEN'
            ' RETURN QUERY %1$srelation.symbol = v_symbols[1] AND relation.expiry = p_expiry'
            ' AND relation.strike = p_strike'
            ' AND relation.%2$I >= coalesce(p_from, ''-infinity'')'
            ' AND relation.%2$I < coalesce(p_to, ''infinity''); RETURN; END IF; ',
            v_query, v_time
        );
    END IF;
    RETURN format(
        'CREATE FUNCTION ops.%I(%s) RETURNS SETOF fo.%I'
        ' LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 AS %L',
        'read_' || v_name, v_parameters, v_name,
        format(
            'DECLARE v_symbols text[] DEFAULT ops.symbols_asked(%s, %s);'
            ' BEGIN %sRETURN QUERY %s; END',
            CASE WHEN v_has_symbol THEN 'p_symbol' ELSE 'NULL' END,
            v_topics,
            v_first,
            CASE
                WHEN v_values IS NULL THEN v_query || 'TRUE'
                WHEN v_values = 'v_symbols'
                    THEN v_query || 'v_symbols IS NULL OR relation.symbol = ANY(v_symbols)'
                ELSE format(
                    'EXECUTE concat_ws('' AND '', %L%s) USING %s',
                    v_query || 'TRUE', v_conditions, v_values
                )
            END
        )
    );
END;
$$;
