-- The log of events that the reader may read, 1,000 at a time: ops.read_event starts anywhere.
CREATE VIEW analytics.event AS
SELECT
    event.id,
    event.epoch,
    event.topic,
    event.symbol,
    event.expiry,
    event.created_at,
    event.payload
FROM ops.event_position() AS position
CROSS JOIN LATERAL generate_series(position.oldest - 1, position.newest - 1, 1000) AS page (after)
CROSS JOIN LATERAL ops.read_event(page.after, page.after + 1000) AS event;
