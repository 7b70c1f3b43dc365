-- How large fo.latest_snapshot is, and how large it would be if it were written again. One row.
--
-- dead_rows are those that the newest VACUUM could not free, because somebody may still see them,
-- and what was deleted since. Between two refreshes each row lies there twice at most, so
-- is_bloated is true where it takes more than twice its fresh bytes.
CREATE FUNCTION ops.snapshot_size(
    OUT bytes bigint,
    OUT fresh_bytes bigint,
    OUT rows bigint,
    OUT dead_rows bigint,
    OUT is_bloated boolean
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    bytes := pg_catalog.pg_relation_size('fo.latest_snapshot');
    dead_rows := pg_catalog.pg_stat_get_dead_tuples('fo.latest_snapshot'::regclass);
    -- Rows begin at multiples of 8, and each has a pointer of 4 bytes. Of the 8,192 bytes of a page
    -- they take some 8,000.
    SELECT
        count(*), 8192 * coalesce(ceil(sum(8 * ceil(pg_column_size(latest) / 8.0) + 4) / 8000), 0)
    INTO rows, fresh_bytes
    FROM fo.latest_snapshot AS latest;
    is_bloated := bytes > 2 * fresh_bytes + 2 * 8192;
END;
$$;
