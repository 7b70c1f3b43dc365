-- What /health says of the database. One row.
--
-- symbols is a JSON object: per symbol with a clock, that clock and how many of its events the
-- snapshot does not show yet. Of those at most 10,000 are looked at.
WITH unseen AS (
    SELECT
        event.symbol,
        count(*) AS events
    FROM (
        SELECT
            event.symbol,
            event.topic
        FROM fo.event AS event
        WHERE event.id > (SELECT version.event_id FROM fo.snapshot_version AS version)
        ORDER BY event.id
        LIMIT 10000
    ) AS event
    WHERE event.topic IN ('chain', 'rollup')
    GROUP BY event.symbol
)

SELECT
    ops.epoch() AS epoch,
    counter.last_id AS newest,
    version.version,
    version.event_id,
    to_json(version.refreshed_at) #>> '{}' AS refreshed_at,
    (
        SELECT
            coalesce(json_object_agg(
                instrument.symbol,
                json_build_object(
                    'clock', instrument.clock, 'events_behind', coalesce(unseen.events, 0)
                ) ORDER BY instrument.symbol
            ), '{}')
        FROM fo.instrument AS instrument
        LEFT JOIN unseen ON instrument.symbol = unseen.symbol
        WHERE instrument.clock IS NOT NULL
    ) AS symbols
FROM job.event_counter AS counter
CROSS JOIN fo.snapshot_version AS version;
