-- Whether fo.latest_snapshot is more than twice as large as its rows are, and could be smaller.
--
-- Between two refreshes it holds each row twice at most. It is larger after a transaction that
-- lasted over many refreshes: what that one could still see was not to be freed. While such a one
-- lasts, the answer is false, for nothing could be given back.
CREATE FUNCTION ops.snapshot_is_bloated() RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT
    pg_catalog.pg_relation_size('fo.latest_snapshot') > 2 * fresh.bytes + 65536
    AND pg_catalog.pg_stat_get_dead_tuples('fo.latest_snapshot'::regclass) <= fresh.rows
FROM (
    SELECT
        count(*) AS rows,
        -- A line pointer of 4 bytes each, and rows begin at multiples of 8.
        coalesce(sum(8 * ceil(pg_column_size(latest) / 8.0) + 4), 0) AS bytes
    FROM fo.latest_snapshot AS latest
) AS fresh;
$$;
