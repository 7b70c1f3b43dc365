-- Per symbol with a clock, that clock, when its data moved last, and how many of its events come
-- after an id, as JSON.
--
-- At most 10,000 events are looked at.
CREATE FUNCTION ops.symbols_behind(p_event_id bigint) RETURNS json
LANGUAGE sql STABLE AS $$
WITH unseen AS (
    SELECT
        event.symbol,
        count(*) AS events
    FROM fo.event AS event
    WHERE
        event.id BETWEEN p_event_id + 1 AND p_event_id + 10000
        AND event.topic IN ('chain', 'rollup')
    GROUP BY event.symbol
)

SELECT
    coalesce(json_object_agg(
        instrument.symbol,
        json_build_object(
            'clock', instrument.clock, 'moved_at', instrument.moved_at,
            'events_behind', coalesce(unseen.events, 0)
        ) ORDER BY instrument.symbol
    ), '{}')
FROM fo.instrument AS instrument
LEFT JOIN unseen ON instrument.symbol = unseen.symbol
WHERE instrument.clock IS NOT NULL;
$$;
