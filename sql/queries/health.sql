-- What /health says of the database. One row.
--
-- symbols is a JSON object: per symbol with a clock, that clock and how many of its events the
-- snapshot does not show yet. Of those at most 10,000 are looked at.
WITH unseen AS (
    SELECT
        event.symbol,
        count(*) AS events
    FROM analytics.snapshot_version AS version
    INNER JOIN analytics.event AS event
        ON event.id BETWEEN version.event_id + 1 AND version.event_id + 10000
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
        FROM analytics.instrument AS instrument
        LEFT JOIN unseen ON instrument.symbol = unseen.symbol
        WHERE instrument.clock IS NOT NULL
    ) AS symbols
FROM job.event_counter AS counter
CROSS JOIN analytics.snapshot_version AS version;
