-- The symbols whose quotes the caller may ingest: NULL is every symbol, an empty array none.
CREATE FUNCTION ops.ingestible_symbols() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    CASE
        WHEN ops.reader_name() <> '*' OR ops.reader_name() IS NULL
            THEN coalesce(
                (
                    SELECT key.ingest_symbols FROM job.api_key AS key
                    WHERE key.name = ops.reader_name() AND key.revoked_at IS NULL
                ),
                '{}'
            )
    END;
$$;
