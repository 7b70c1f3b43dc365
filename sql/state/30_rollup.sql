-- The rollups, what each reads, and the width of its buckets.
--
-- All share one origin (2000-01-01 03:45 UTC, which is 09:15 IST), or they would not stack.

CREATE TABLE job.rollup (
    rollup text NOT NULL,
    source text NOT NULL,
    width interval NOT NULL,
    place integer NOT NULL,
    CONSTRAINT rollup_pkey PRIMARY KEY (rollup)
);

INSERT INTO job.rollup (rollup, source, width, place)
VALUES
('option_strike_bars_1min', 'option_quote', '1 minute', 1),
('option_strike_bars_5min', 'option_strike_bars_1min', '5 minutes', 2),
('option_strike_bars_15min', 'option_strike_bars_5min', '15 minutes', 3),
('moneyness_bars_5min', 'option_quote', '5 minutes', 4);
