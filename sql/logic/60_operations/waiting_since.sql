-- When the oldest change after an event was written, where the newest one is p_change.
--
-- It is looked for among the next 1,000 events; among more it is said to be the newest.
CREATE FUNCTION ops.waiting_since(p_event_id bigint, p_change bigint) RETURNS timestamptz
LANGUAGE sql STABLE AS $$
WITH next AS (
    SELECT
        event.id,
        event.topic,
        event.created_at
    FROM fo.event AS event
    WHERE event.id > p_event_id
    ORDER BY event.id
    LIMIT 1000
),

oldest AS (
    SELECT next.created_at
    FROM next
    WHERE next.topic IN ('chain', 'rollup')
    ORDER BY next.id
    LIMIT 1
)

SELECT coalesce(
    (SELECT oldest.created_at FROM oldest),
    (
        SELECT event.created_at FROM fo.event AS event
        WHERE event.id = p_change
    )
);
$$;
