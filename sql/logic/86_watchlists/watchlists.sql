-- The watchlists of the caller, of one name or all, with their items as they were set.
CREATE FUNCTION ops.watchlists(
    p_name text DEFAULT NULL, OUT name text, OUT set_at timestamptz, OUT items jsonb
) RETURNS SETOF record
LANGUAGE sql STABLE AS $$
SELECT list.name, list.set_at, coalesce(own.items, '[]')
FROM job.watchlist AS list
CROSS JOIN
    LATERAL (
        SELECT
            jsonb_agg(
                jsonb_strip_nulls(jsonb_build_object(
                    'symbol', item.symbol, 'expiry', item.expiry,
                    'strike', CASE WHEN item.lowest = item.highest THEN item.lowest END,
                    'strikes', coalesce(
                        'atm:' || item.levels,
                        CASE
                            WHEN item.lowest < item.highest
                                THEN concat(item.lowest, '..', item.highest)
                        END
                    )
                )) ORDER BY item.place
            ) AS items
        FROM job.watchlist_item AS item
        WHERE item.watchlist = list.id
    ) AS own
WHERE
    list.key = ops.reader_name()
    AND (p_name IS NULL OR list.name = p_name)
    AND 'chain' = ANY(ops.readable_topics())
ORDER BY list.name;
$$;
