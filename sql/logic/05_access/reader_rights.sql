-- The rights of the caller: NULL is everything, an empty array nothing. One row.
--
-- The rights are those of the row of job.api_key that is called as ops.reader_name says. '*' has
-- every right.
CREATE FUNCTION ops.reader_rights(
    OUT symbols text[], OUT topics text[], OUT is_admin boolean
)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_name text := ops.reader_name();
BEGIN
    IF v_name = '*' THEN
        is_admin := TRUE;
        RETURN;
    END IF;
    SELECT key.symbols, key.topics, key.is_admin INTO symbols, topics, is_admin
    FROM job.api_key AS key
    WHERE key.name = v_name AND key.revoked_at IS NULL;
    IF NOT FOUND THEN
        symbols := '{}';
        topics := '{}';
        is_admin := FALSE;
    END IF;
END;
$$;
