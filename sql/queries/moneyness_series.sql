-- The JSON of analytics.moneyness_series, and its ETag. One row.
--
-- body is NULL where the reader has that ETag already. event is the newest event of all: the
-- rows include whatever it and those before it have announced.
WITH state AS (
    SELECT
        ops.epoch() AS epoch,
        (SELECT counter.last_id FROM job.event_counter AS counter) AS event_id,
        head.*
    FROM ops.answer_head('moneyness_series', %(words)s::jsonb) AS head
),

tagged AS (
    SELECT
        state.*,
        coalesce(
            'past-' || state.epoch || '-' || state.past,
            concat_ws('-', state.epoch, state.event_id)
        ) AS etag
    FROM state
)

SELECT
    tagged.etag,
    CASE WHEN tagged.etag <> ALL(%(known_etags)s) THEN (
        SELECT
            convert_to(concat(
                '{"symbol":', to_json(%(symbol)s::text),
                ',"timeframe":', to_json(%(timeframe)s::text),
                ',"indicator":', to_json(%(indicator)s::text),
                ',"event":"', tagged.epoch, ':', tagged.event_id,
                '",', tagged.members,
                ',"cursor":', coalesce(to_json(answer.cursor), 'null'),
                ',"columns":', answer.columns,
                ',"rows":[', answer.rows, ']}'
            ), 'UTF8')
        FROM ops.metric_rows('moneyness_series', %(words)s::jsonb) AS answer
    ) END AS body
FROM tagged;
