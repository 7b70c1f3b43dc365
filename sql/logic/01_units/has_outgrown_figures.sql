-- Whether the planner's figures of a table are those of a time when it took less than half the
-- room, or of no row. p_rows and p_pages are its reltuples and relpages.
--
-- A table of many rows is left to autovacuum: by then the figures are good.
CREATE FUNCTION ops.has_outgrown_figures(
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
