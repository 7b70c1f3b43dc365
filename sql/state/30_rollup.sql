-- The rollups, what each reads, and the width of its buckets.
--
-- All share the origin of fo.bucket_start, or they would not stack.
-- pause is how long a scheduled refresh leaves a coarse one alone. A computed one is kept by
-- ops.refresh_window also on TimescaleDB: a continuous aggregate cannot say what it says.
-- replaces is the rollup that a new one is built beside (db/install/replace.py). is_ready: the new
-- one has all bars. It is refreshed like any other, and announced to nobody.

CREATE TABLE job.rollup (
    rollup text NOT NULL,
    source text NOT NULL,
    width interval NOT NULL,
    place integer NOT NULL,
    pause interval NOT NULL DEFAULT '0',
    is_computed boolean NOT NULL DEFAULT FALSE,
    refreshed_at timestamptz,
    replaces text,
    is_ready boolean NOT NULL DEFAULT TRUE,
    CONSTRAINT rollup_pkey PRIMARY KEY (rollup)
);

INSERT INTO job.rollup (rollup, source, width, place, pause, is_computed)
VALUES
('option_strike_bars_1min', 'option_quote', '1 minute', 1, '0', FALSE),
('option_strike_bars_5min', 'option_strike_bars_1min', '5 minutes', 2, '0', FALSE),
('option_strike_bars_15min', 'option_strike_bars_5min', '15 minutes', 3, '0', FALSE),
('option_strike_bars_1h', 'option_strike_bars_15min', '1 hour', 4, '1 minute', FALSE),
('option_strike_bars_1d', 'option_strike_bars_1h', '1 day', 5, '1 minute', FALSE),
('moneyness_bars_5min', 'option_quote', '5 minutes', 6, '10 seconds', FALSE),
('moneyness_bars_15min', 'moneyness_bars_5min', '15 minutes', 7, '10 seconds', FALSE),
('moneyness_bars_1h', 'moneyness_bars_15min', '1 hour', 8, '1 minute', FALSE),
('moneyness_bars_1d', 'moneyness_bars_1h', '1 day', 9, '1 minute', FALSE),
('underlying_bars_1min', 'underlying_quote', '1 minute', 10, '0', FALSE),
('underlying_bars_5min', 'underlying_bars_1min', '5 minutes', 11, '0', FALSE),
('underlying_bars_15min', 'underlying_bars_5min', '15 minutes', 12, '10 seconds', FALSE),
('underlying_bars_1h', 'underlying_bars_15min', '1 hour', 13, '1 minute', FALSE),
('underlying_bars_1d', 'underlying_bars_1h', '1 day', 14, '1 minute', FALSE),
('expiry_metrics', 'option_quote', '1 minute', 15, '0', TRUE),
('expiry_metrics_5min', 'expiry_metrics', '5 minutes', 16, '10 seconds', FALSE),
('expiry_metrics_15min', 'expiry_metrics_5min', '15 minutes', 17, '10 seconds', FALSE),
('expiry_metrics_1h', 'expiry_metrics_15min', '1 hour', 18, '1 minute', FALSE),
('expiry_metrics_1d', 'expiry_metrics_1h', '1 day', 19, '1 minute', FALSE);
