-- From which instant on what is known of a symbol's past changed, by the number of the change.
--
-- source is quotes, where late or corrected quotes were stored, or bars, where rollups were
-- refreshed. A change makes the rows of later instants superfluous: what an answer as of an instant
-- rests on is numbered by the newest row at or before it (ops.note_past).

CREATE TABLE job.past_change (
    symbol text NOT NULL,
    source text NOT NULL,
    from_time timestamptz NOT NULL,
    change bigint NOT NULL,
    CONSTRAINT past_change_pkey PRIMARY KEY (symbol, source, from_time),
    CONSTRAINT past_change_source_check CHECK (source IN ('quotes', 'bars'))
);
