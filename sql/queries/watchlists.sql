-- Watchlists of the reader as JSON, of one name or all (NULL). One row each.
SELECT
    convert_to(json_build_object(
        'name', list.name,
        'set_at', list.set_at,
        'items', list.items
    )::text, 'UTF8') AS body
FROM ops.watchlists(%(name)s::text) AS list;
