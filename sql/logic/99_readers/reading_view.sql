-- The CREATE of analytics.<relation>: a relation of fo as far as its reader may read it.
--
-- It calls ops.read_<relation> once for each value of the view's keys (ops.view_keys).
CREATE FUNCTION ops.reading_view(p_relation regclass) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT
    format(
        'CREATE VIEW analytics.%I AS SELECT %s FROM %sops.%I(%s) AS relation',
        class.relname,
        (
            SELECT
                string_agg(
                    format(
                        '%I.%I',
                        CASE
                            WHEN attribute.attname = ANY(keys.names) THEN attribute.attname
                            ELSE 'relation'
                        END,
                        attribute.attname
                    ),
                    ', ' ORDER BY attribute.attnum
                )
            FROM pg_catalog.pg_attribute AS attribute
            WHERE
                attribute.attrelid = p_relation
                AND attribute.attnum > 0
                AND NOT attribute.attisdropped
        ),
        (
            SELECT
                string_agg(
                    format(
                        'unnest(%1$s) AS %2$s (%2$s) CROSS JOIN LATERAL ', known.source, known.name
                    ),
                    '' ORDER BY known.place
                )
            FROM (
                VALUES
                (1, 'symbol', 'ops.readable_symbols()'),
                (2, 'expiry', 'ops.readable_expiries(symbol.symbol)'),
                (3, 'strike', 'ops.readable_strikes(symbol.symbol, expiry.expiry)'),
                (4, 'timeframe', '''{live,1min,5min,15min}''::text[]')
            ) AS known (place, name, source)
            WHERE known.name = ANY(keys.names)
        ),
        'read_' || class.relname,
        (
            SELECT string_agg(format('p_%1$s => %1$I.%1$I', key.name), ', ')
            FROM unnest(keys.names) AS key (name)
        )
    )
FROM pg_catalog.pg_class AS class
CROSS JOIN ops.view_keys(class.oid) AS keys (names)
WHERE class.oid = p_relation;
$$;
