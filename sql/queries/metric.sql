-- The JSON of any metric of schema analytics, its ETag, and what it was made at. One row.
--
-- The ETag of an answer about the past is a hash of its rows, and stays until that past changes.
WITH answer AS (
    SELECT
        concat(
            coalesce(head.mark, 'past'), '-', md5(concat(page.columns, page.rows, page.cursor))
        ) AS etag,
        head.event_id,
        head.members,
        page.columns,
        page.rows,
        page.cursor
    FROM ops.answer_head(%(metric)s, %(words)s::jsonb) AS head
    CROSS JOIN LATERAL ops.metric_rows(%(metric)s, %(words)s::jsonb) AS page
)

SELECT
    answer.etag,
    convert_to(concat(
        '{', %(members)s::text,
        ',"symbol":', coalesce((%(words)s::jsonb -> 'symbol' -> 0)::text, 'null'),
        ',', answer.members,
        ',"cursor":', coalesce(to_json(answer.cursor), 'null'),
        ',"columns":', answer.columns,
        ',"rows":[', answer.rows, ']}'
    ), 'UTF8') AS body,
    answer.event_id AS event,
    stamp.newest,
    stamp.symbols,
    stamp.topics
FROM answer
CROSS JOIN ops.answer_stamp() AS stamp;
