-- The columns of a relation, in order.
CREATE FUNCTION ops.column_names(p_relation regclass) RETURNS text[]
LANGUAGE sql STABLE AS $$
SELECT coalesce(array_agg(attribute.attname::text ORDER BY attribute.attnum), '{}')
FROM pg_catalog.pg_attribute AS attribute
WHERE
    attribute.attrelid = p_relation
    AND attribute.attnum > 0
    AND NOT attribute.attisdropped;
$$;
