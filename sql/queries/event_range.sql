-- A page of the log: events after one id up to and including another, in order.
SELECT
    event.id,
    event.topic,
    event.symbol,
    event.expiry::text AS expiry,
    event.payload::text AS payload
FROM ops.read_event(%(after)s, least(%(upto)s, %(after)s + %(page)s)) AS event
ORDER BY event.id;
