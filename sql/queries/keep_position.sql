-- Note how far a feed is, in the transaction that stores what it has read.
INSERT INTO job.feed_position AS known (feed, stream, place)
VALUES (%s, %s, %s)
ON CONFLICT (feed, stream) DO UPDATE
    SET place = excluded.place, stored_at = excluded.stored_at;
