-- When a symbol's quotes of a past day were last written to: a chunk of fo.option_quote.
--
-- On TimescaleDB such a chunk is in row form, and is compressed again when it was left alone for a
-- while (ops.cold_chunks). from_time is the chunk's start. Written by ops.open_chunks, and deleted
-- by the job that compresses (jobs/storage/columnstore.py).

CREATE TABLE job.late_write (
    symbol text NOT NULL,
    from_time timestamptz NOT NULL,
    written_at timestamptz NOT NULL,
    CONSTRAINT late_write_pkey PRIMARY KEY (symbol, from_time)
);
