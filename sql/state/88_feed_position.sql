-- How far each live feed that can go on where it stopped has stored its source.
--
-- Written in the transaction that stores a batch: after a crash nothing is lost, and nothing comes
-- twice. place is in the words of the source, such as the id of an entry of a Redis stream.

CREATE TABLE job.feed_position (
    feed text NOT NULL,
    stream text NOT NULL,
    place text NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT feed_position_pkey PRIMARY KEY (feed, stream)
);
