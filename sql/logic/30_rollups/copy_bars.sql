-- Copy the bars of a window from a rollup to the one that replaces it. Returns how many.
--
-- For a sealed session, whose raw quotes may be gone. A column that the old one lacks stays
-- unknown. Copying again changes nothing.
CREATE FUNCTION ops.copy_bars(
    p_old text, p_new text, p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_table regclass := (
        SELECT stored.relation FROM ops.rollup_tables() AS stored WHERE stored.rollup = p_new
    );
    v_columns text;
    v_copied bigint;
BEGIN
    SELECT string_agg(quote_ident(name.name), ', ') INTO v_columns
    FROM unnest(ops.column_names(format('fo.%I', p_old)::regclass)) AS name (name)
    WHERE name.name = ANY(ops.column_names(format('fo.%I', p_new)::regclass));
    EXECUTE format(
        'DELETE FROM %s AS bar'
        ' WHERE bar.symbol = $1 AND bar.bucket_time >= $2 AND bar.bucket_time < $3',
        v_table
    ) USING p_symbol, p_from, p_to;
    EXECUTE format(
        'INSERT INTO %1$s (%2$s) SELECT %2$s FROM fo.%3$I AS bar'
        ' WHERE bar.symbol = $1 AND bar.bucket_time >= $2 AND bar.bucket_time < $3',
        v_table, v_columns, p_old
    ) USING p_symbol, p_from, p_to;
    GET DIAGNOSTICS v_copied = ROW_COUNT;
    RETURN v_copied;
END;
$$;
