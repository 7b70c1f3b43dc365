-- A page of the log: events after one id up to and including another, in order.
SELECT
    event.id,
    event.topic,
    event.symbol,
    event.expiry::text AS expiry,
    event.payload::text AS payload
FROM fo.event AS event
WHERE event.id > %(after)s AND event.id <= %(upto)s
ORDER BY event.id
LIMIT %(page)s;
