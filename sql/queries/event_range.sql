-- A page of the log: events after one id up to and including another, in order.
SELECT
    event.id,
    event.topic,
    event.symbol,
    event.expiry::text AS expiry,
    event.payload::text AS payload
FROM analytics.event AS event
WHERE event.id > %(after)s AND event.id <= least(%(upto)s, %(after)s + %(page)s)
ORDER BY event.id;
