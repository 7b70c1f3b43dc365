-- How far a feed is in each of its streams.
SELECT
    known.stream,
    known.place
FROM job.feed_position AS known
WHERE known.feed = %s;
