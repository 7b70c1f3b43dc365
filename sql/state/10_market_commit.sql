-- When changes of each symbol's chains were committed, by the wall clock.
--
-- One row per symbol with an event of its chains. recent holds the newest 17 times, in order: their
-- usual distance is the pace of the feed (ops.usual_gap). Written by ops.note_commits.

CREATE TABLE fo.market_commit (
    symbol text NOT NULL,
    committed_at timestamptz NOT NULL,
    recent timestamptz[] NOT NULL,
    CONSTRAINT market_commit_pkey PRIMARY KEY (symbol)
) WITH (fillfactor = 50);
