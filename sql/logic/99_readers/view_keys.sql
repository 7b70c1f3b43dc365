-- The columns by whose values the view of a relation of fo reads it part by part.
--
-- A condition on one of them spares the view all other parts. Empty: the view reads the relation
-- whole, because it is small, is about no symbol, or has rows whose symbol is unknown.
CREATE FUNCTION ops.view_keys(p_relation regclass) RETURNS text[]
LANGUAGE sql STABLE AS $$
SELECT
    CASE
        WHEN class.relname = 'instrument' OR NOT relation.has_symbol THEN '{}'
        WHEN class.relname LIKE 'option\_%' THEN '{symbol,expiry,strike}'
        WHEN 'timeframe' = ANY(relation.columns) THEN '{symbol,timeframe}'
        WHEN 'expiry' = ANY(relation.columns) AND 'bucket_time' = ANY(relation.columns)
            THEN '{symbol,expiry}'
        ELSE '{symbol}'
    END::text[]
FROM pg_catalog.pg_class AS class
CROSS JOIN
    LATERAL (
        SELECT
            array_agg(attribute.attname::text) AS columns,
            -- No column of a view, materialized or not, is declared NOT NULL.
            coalesce(bool_or(
                attribute.attname = 'symbol'
                AND (attribute.attnotnull OR class.relkind IN ('v', 'm'))
            ), FALSE) AS has_symbol
        FROM pg_catalog.pg_attribute AS attribute
        WHERE attribute.attrelid = class.oid AND attribute.attnum > 0 AND NOT attribute.attisdropped
    ) AS relation
WHERE class.oid = p_relation;
$$;
