-- How the bars of a new rollup differ from those of the one that it replaces, in one window.
--
-- rows has how many the new one has, only_old and only_new those that the other lacks, and differs
-- how many rows differ, by column. Prices and means are equal up to 1e-9 of their size: a mean
-- depends in its last digits on the order of rows.
CREATE FUNCTION ops.compare_bars(
    p_old text, p_new text, p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    v_common text[] := ARRAY(
        SELECT name.name
        FROM unnest(ops.column_names(format('fo.%I', p_old)::regclass)) AS name (name)
        WHERE name.name = ANY(ops.column_names(format('fo.%I', p_new)::regclass))
    );
    v_key text[] := ARRAY(
        SELECT key.name
        FROM unnest('{symbol,expiry,strike,moneyness_level,bucket_time}'::text[]) AS key (name)
        WHERE
            key.name = ANY(v_common)
            AND (key.name <> 'moneyness_level' OR 'strike' <> ALL(v_common))
    );
    c_far constant text := ' AND coalesce(abs(o.%1$I - n.%1$I)'
    ' > 1e-9 * greatest(abs(o.%1$I), abs(n.%1$I)), TRUE)';
    v_differs text;
    v_found jsonb;
BEGIN
    SELECT
        string_agg(
            format(
                '%1$L, count(*) FILTER (WHERE o.%1$I IS DISTINCT FROM n.%1$I%2$s)',
                attribute.attname,
                CASE
                    WHEN attribute.atttypid = 'float8'::regtype
                        THEN format(c_far, attribute.attname)
                END
            ),
            ', '
        )
    INTO v_differs
    FROM pg_catalog.pg_attribute AS attribute
    WHERE
        attribute.attrelid = format('fo.%I', p_new)::regclass
        AND attribute.attname = ANY(v_common)
        AND attribute.attname <> ALL(v_key);
    EXECUTE format(
        $sql$
        WITH o AS (
            SELECT * FROM fo.%1$I AS bar
            WHERE bar.symbol = $1 AND bar.bucket_time >= $2 AND bar.bucket_time < $3
        ),
        n AS (
            SELECT * FROM fo.%2$I AS bar
            WHERE bar.symbol = $1 AND bar.bucket_time >= $2 AND bar.bucket_time < $3
        )
        SELECT jsonb_build_object(
            'rows', (SELECT count(*) FROM n),
            'only_old', (SELECT count(*) FROM o) - count(*),
            'only_new', (SELECT count(*) FROM n) - count(*),
            'differs', jsonb_build_object(%4$s)
        )
        FROM o INNER JOIN n USING (%3$s)
        $sql$,
        p_old, p_new, array_to_string(v_key, ', '), v_differs
    ) INTO v_found USING p_symbol, p_from, p_to;
    RETURN v_found;
END;
$$;
