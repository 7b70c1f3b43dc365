-- The JSON of any metric of schema analytics, and its ETag. One row.
--
-- body is NULL where the reader has that ETag already. The ETag of an answer about the past is a
-- hash of its rows, and stays until that past changes. Rows about now are read only where their
-- ETag is new.
WITH answer AS (
    SELECT
        coalesce(
            head.mark, 'past-' || md5(concat(page.columns, page.rows, page.cursor))
        ) AS etag,
        head.members,
        page.columns,
        page.rows,
        page.cursor
    FROM ops.answer_head(%(metric)s, %(words)s::jsonb) AS head
    LEFT JOIN LATERAL (
        SELECT found.*
        FROM ops.metric_rows(%(metric)s, %(words)s::jsonb) AS found
        WHERE head.mark IS NULL OR head.mark <> ALL(%(known_etags)s)
    ) AS page ON TRUE
)

SELECT
    answer.etag,
    CASE
        WHEN answer.etag <> ALL(%(known_etags)s)
            THEN convert_to(concat(
                '{', %(members)s::text,
                ',"symbol":', coalesce((%(words)s::jsonb -> 'symbol' -> 0)::text, 'null'),
                ',', answer.members,
                ',"cursor":', coalesce(to_json(answer.cursor), 'null'),
                ',"columns":', answer.columns,
                ',"rows":[', answer.rows, ']}'
            ), 'UTF8')
    END AS body
FROM answer;
