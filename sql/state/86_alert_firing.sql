-- When alerts fired: at which time of the market, and the rows that they gave.
--
-- event is the newest event that the alert had looked at. rows are the first rows, as JSON objects.

CREATE TABLE job.alert_firing (
    id bigint GENERATED ALWAYS AS IDENTITY,
    alert bigint NOT NULL,
    symbol text NOT NULL,
    fired_at timestamptz NOT NULL,
    event bigint NOT NULL,
    rows jsonb NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CONSTRAINT alert_firing_pkey PRIMARY KEY (id),
    CONSTRAINT alert_firing_alert_fkey FOREIGN KEY (alert)
    REFERENCES job.alert (id) ON DELETE CASCADE
);

CREATE INDEX alert_firing_alert_idx ON job.alert_firing (alert, id);
