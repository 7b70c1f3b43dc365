-- The JSON of any metric of schema analytics, and its ETag. One row.
--
-- body is NULL where the reader has that ETag already. event is the newest event that the rows
-- include: for the latest chain that of the snapshot, else the newest of all.
--
-- The ETag of an answer about the past is weak, and stays until that past changes.
WITH state AS (
    SELECT
        ops.epoch() AS epoch,
        version.version,
        head.*,
        CASE
            WHEN
                %(words)s::jsonb ? 'at' OR NOT EXISTS (
                    SELECT
                    FROM ops.metric_parameter AS parameter
                    WHERE parameter.metric = %(metric)s AND parameter.parameter = 'at'
                ) THEN counter.last_id
            ELSE version.event_id
        END AS event_id
    FROM analytics.snapshot_version AS version
    CROSS JOIN job.event_counter AS counter
    CROSS JOIN ops.answer_head(%(metric)s, %(words)s::jsonb) AS head
),

tagged AS (
    SELECT
        state.*,
        coalesce(
            'past-' || state.epoch || '-' || state.past,
            concat_ws(
                '-', state.epoch, state.version, state.event_id, extract(EPOCH FROM state.clock)
            )
        ) AS etag
    FROM state
)

SELECT
    tagged.etag,
    CASE WHEN tagged.etag <> ALL(%(known_etags)s) THEN (
        SELECT
            convert_to(concat(
                '{"metric":', to_json(%(metric)s::text),
                ',"symbol":', coalesce((%(words)s::jsonb -> 'symbol' -> 0)::text, 'null'),
                ',"event":"', tagged.epoch, ':', tagged.event_id,
                '","version":', tagged.version,
                ',', tagged.members,
                ',"cursor":', coalesce(to_json(answer.cursor), 'null'),
                ',"columns":', answer.columns,
                ',"rows":[', answer.rows, ']}'
            ), 'UTF8')
        FROM ops.metric_rows(%(metric)s, %(words)s::jsonb) AS answer
    ) END AS body
FROM tagged;
