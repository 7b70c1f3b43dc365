-- How many rows of a rollup a symbol has of a session, and a checksum over some of their columns.
--
-- NULL where the rollup has not all of these columns.
CREATE FUNCTION ops.bars_checksum(
    p_symbol text, p_session date, p_rollup text, p_columns text[],
    OUT rows bigint, OUT checksum numeric
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF NOT p_columns <@ ops.column_names(to_regclass(format('fo.%I', p_rollup))) THEN
        RETURN;
    END IF;
    EXECUTE format(
        'SELECT count(*), coalesce(sum(hash_record_extended(ROW(%s), 0)), 0) FROM fo.%I AS bar'
        ' WHERE bar.symbol = $1 AND bar.bucket_time >= $2 AND bar.bucket_time < $3',
        (
            SELECT string_agg(format('bar.%I', name.name), ', ' ORDER BY name.place)
            FROM unnest(p_columns) WITH ORDINALITY AS name (name, place)
        ),
        p_rollup
    )
    INTO rows, checksum
    USING p_symbol, ops.session_from(p_session), ops.session_from(p_session + 1);
END;
$$;
