-- The JSON of analytics.strike_distribution, and its ETag. One row.
--
-- body is NULL where the reader has that ETag already. event is the newest event that the
-- snapshot includes, read in the same statement as the rows: what follows it is in the stream.
WITH state AS (
    SELECT
        ops.epoch() AS epoch,
        version.version,
        version.event_id,
        head.*
    FROM analytics.snapshot_version AS version
    CROSS JOIN ops.answer_head('strike_distribution', %(words)s::jsonb) AS head
),

tagged AS (
    SELECT
        state.*,
        concat_ws('-', state.epoch, state.version, extract(EPOCH FROM state.clock)) AS etag
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
                '","version":', tagged.version,
                ',', tagged.members,
                ',"cursor":', coalesce(to_json(answer.cursor), 'null'),
                ',"columns":', answer.columns,
                ',"rows":[', answer.rows, ']}'
            ), 'UTF8')
        FROM ops.metric_rows('strike_distribution', %(words)s::jsonb) AS answer
    ) END AS body
FROM tagged;
