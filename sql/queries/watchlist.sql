-- A watchlist of the reader as JSON, with all its quotes. One row.
SELECT
    convert_to(concat(
        '{"name":', to_json(list.name),
        ',"set_at":', to_json(list.set_at),
        ',"items":', list.items,
        ',"columns":', answer.columns,
        ',"rows":[', answer.rows, ']}'
    ), 'UTF8') AS body
FROM ops.watchlist_rows(%(name)s) AS answer
CROSS JOIN LATERAL ops.watchlists(%(name)s) AS list;
