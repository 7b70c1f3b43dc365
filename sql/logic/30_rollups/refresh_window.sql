-- Compute one window of a rollup again, where it is a table. Returns how many rows changed.
--
-- Rows that do not change are not written; rows that no quote supports any more are deleted.
-- The function ops.<rollup> holds the rollup's SELECT (see db/install/render.py and
-- ops.expiry_metrics). Windows of one rollup are computed one after the other: a refresh that
-- waited reads the quotes again, so the older figures of one that lost its lock never replace newer
-- ones.
-- EXCEPT hashes or sorts, whatever the planner believes of the rows; NOT EXISTS may compare all
-- with all, which took 10 s for a window of an hour.
-- A window is sorted and hashed in memory, whatever the session's work_mem is.
CREATE FUNCTION ops.refresh_window(
    p_rollup text, p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE SET work_mem = '64MB' AS $$
DECLARE
    v_key text[] := ARRAY(
        SELECT attribute.attname
        FROM pg_catalog.pg_index AS key
        INNER JOIN pg_catalog.pg_attribute AS attribute
            ON key.indrelid = attribute.attrelid AND attribute.attnum = ANY(key.indkey)
        WHERE key.indrelid = format('fo.%I', p_rollup)::regclass AND key.indisprimary
    );
    v_names text[];
    v_changed bigint;
BEGIN
    PERFORM
    FROM job.rollup AS rollup
    WHERE rollup.rollup = p_rollup
    FOR NO KEY UPDATE;
    SELECT array_agg(quote_ident(attribute.attname)) INTO v_names
    FROM pg_catalog.pg_attribute AS attribute
    WHERE
        attribute.attrelid = format('fo.%I', p_rollup)::regclass
        AND attribute.attnum > 0
        AND NOT attribute.attisdropped
        AND attribute.attname <> ALL(v_key);
    EXECUTE format(
        $sql$
        WITH fresh AS MATERIALIZED (SELECT * FROM ops.%1$I($1, $2, $3)),
        gone AS (
            DELETE FROM fo.%1$I AS old
            USING (
                SELECT %3$s
                FROM fo.%1$I AS old
                WHERE old.symbol = $1 AND old.bucket_time >= $2 AND old.bucket_time < $3
                EXCEPT
                SELECT %2$s FROM fresh
            ) AS dropped
            WHERE (%3$s) = (%8$s)
            RETURNING 1
        ),
        merged AS (
            INSERT INTO fo.%1$I AS old (%4$s, %5$s)
            SELECT %4$s, %5$s FROM fresh
            ON CONFLICT (%4$s) DO UPDATE SET (%5$s) = ROW(%6$s)
            WHERE (%7$s) IS DISTINCT FROM (%6$s)
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM merged)
        $sql$,
        p_rollup,
        (SELECT string_agg('fresh.' || name, ', ') FROM unnest(v_key) AS name),
        (SELECT string_agg('old.' || name, ', ') FROM unnest(v_key) AS name),
        array_to_string(v_key, ', '),
        array_to_string(v_names, ', '),
        (SELECT string_agg('excluded.' || name, ', ') FROM unnest(v_names) AS name),
        (SELECT string_agg('old.' || name, ', ') FROM unnest(v_names) AS name),
        (SELECT string_agg('dropped.' || name, ', ') FROM unnest(v_key) AS name)
    ) INTO v_changed USING p_symbol, p_from, p_to;
    RETURN v_changed;
END;
$$;
