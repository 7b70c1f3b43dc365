-- How each feed stands with each of its symbols.
--
-- patience is how long it may be silent before it has stalled. steady_since is the first message
-- since the last stall. volume is the total of its session, NULL where it says none;
-- volume_before is that of the beat before.

CREATE TABLE job.feed_symbol (
    feed text NOT NULL,
    symbol text NOT NULL,
    last_message_at timestamptz NOT NULL,
    read_at timestamptz NOT NULL,
    steady_since timestamptz NOT NULL,
    patience interval NOT NULL,
    volume bigint,
    volume_before bigint,
    CONSTRAINT feed_symbol_pkey PRIMARY KEY (feed, symbol),
    CONSTRAINT feed_symbol_feed_fkey FOREIGN KEY (feed)
    REFERENCES job.feed (name) ON DELETE CASCADE
) WITH (fillfactor = 50);
