-- How an alert stands for a symbol: what its last look at the market found.
--
-- event is the newest event at that look. fired_at is the market's time of the newest firing.
-- error is what kept the last look from its rows; NULL: nothing did.

CREATE TABLE job.alert_state (
    alert bigint NOT NULL,
    symbol text NOT NULL,
    event bigint NOT NULL,
    has_rows boolean NOT NULL,
    fired_at timestamptz,
    error text,
    CONSTRAINT alert_state_pkey PRIMARY KEY (alert, symbol),
    CONSTRAINT alert_state_alert_fkey FOREIGN KEY (alert)
    REFERENCES job.alert (id) ON DELETE CASCADE
);
