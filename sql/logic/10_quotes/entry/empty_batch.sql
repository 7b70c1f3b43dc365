-- Empty the tables of a batch, for the next one of the same transaction.
CREATE FUNCTION ops.empty_batch() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    EXECUTE (
        SELECT 'TRUNCATE ' || string_agg(format('pg_temp.%I', class.relname), ', ')
        FROM pg_catalog.pg_class AS class
        WHERE
            class.relnamespace = pg_catalog.pg_my_temp_schema()
            AND class.relkind = 'r'
            AND class.relname ~ '^(quote_batch|batch_\w+)$'
    );
END;
$$;
