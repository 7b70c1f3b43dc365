-- An answer of the UDF, which charts of TradingView ask, and its ETag. One row.
--
-- body is NULL where the reader has that ETag already.
WITH made AS (
    SELECT
        CASE %(call)s::text
            WHEN 'config' THEN ops.udf_config()
            WHEN 'symbols' THEN ops.udf_symbol(%(symbol)s)
            WHEN 'search'
                THEN ops.udf_search(%(query)s, %(type)s, %(exchange)s, %(limit)s::integer)
            WHEN 'history'
                THEN ops.udf_history(
                    %(symbol)s, %(resolution)s, %(from)s::bigint, %(to)s::bigint,
                    %(countback)s::integer
                )
        END AS body
),

answer AS (
    SELECT
        md5(made.body) AS etag,
        made.body
    FROM made
)

SELECT
    answer.etag,
    CASE WHEN answer.etag <> ALL(%(known_etags)s) THEN convert_to(answer.body, 'UTF8') END AS body
FROM answer;
