-- Whether a table has no statistics, or those of a time when it was less than half as large.
--
-- p_rows and p_pages are its reltuples and relpages. The statistics of many rows are good enough:
-- autovacuum renews them.
CREATE FUNCTION ops.has_old_statistics(
    p_table oid, p_rows real, p_pages integer
) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
SELECT
    CASE
        WHEN p_rows < 100000
            THEN
                pg_catalog.pg_relation_size(p_table)
                > CASE
                    WHEN p_rows <= 0 THEN 0
                    ELSE 2 * p_pages::bigint * current_setting('block_size')::bigint
                END
        ELSE FALSE
    END;
$$;
