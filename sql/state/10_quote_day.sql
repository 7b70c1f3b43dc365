-- The days (UTC) that fo.option_quote has a partition for, on plain PostgreSQL.
--
-- Partitions are made, emptied and dropped by statements that no edge is sent. These rows are sent,
-- in the same transaction and before the quotes, and a trigger of the edge does what they say.
-- emptied_at is when all quotes but the newest were dropped.
CREATE TABLE job.quote_day (
    day date NOT NULL,
    emptied_at timestamptz,
    CONSTRAINT quote_day_pkey PRIMARY KEY (day)
);
