-- The parts of fo.option_quote, a day each: partitions or chunks.
CREATE FUNCTION ops.quote_days()
RETURNS TABLE (relation regclass, from_time timestamptz, to_time timestamptz)
LANGUAGE sql STABLE AS $$
/*postgres
SELECT part.oid::regclass, bound.bounds[1]::timestamptz, bound.bounds[2]::timestamptz
FROM pg_catalog.pg_inherits AS inheritance
INNER JOIN pg_catalog.pg_class AS part ON inheritance.inhrelid = part.oid
CROSS JOIN
    LATERAL (
        SELECT
            regexp_match(
                pg_get_expr(part.relpartbound, part.oid),
                'FROM \(''([^'']+)''\) TO \(''([^'']+)''\)'
            ) AS bounds
    ) AS bound
WHERE inheritance.inhparent = 'fo.option_quote'::regclass;
*/
/*timescaledb
SELECT
    format('%I.%I', chunk.chunk_schema, chunk.chunk_name)::regclass,
    chunk.range_start,
    chunk.range_end
FROM timescaledb_information.chunks AS chunk
WHERE chunk.hypertable_schema = 'fo' AND chunk.hypertable_name = 'option_quote';
*/
$$;
