-- An answer of the UDF, which charts of TradingView ask, its ETag, what it was made at. One row.
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
)

SELECT
    md5(made.body) AS etag,
    convert_to(made.body, 'UTF8') AS body,
    stamp.newest AS event,
    stamp.newest,
    stamp.symbols,
    stamp.topics
FROM made
CROSS JOIN ops.answer_stamp() AS stamp;
