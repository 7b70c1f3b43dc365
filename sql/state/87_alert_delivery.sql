-- The firings that sinks are to have. state is pending, delivered, or given_up after 24 hours.
--
-- due_at is when the next attempt may begin; error says why the last one failed.

CREATE TABLE job.alert_delivery (
    firing bigint NOT NULL,
    sink text NOT NULL,
    state text NOT NULL DEFAULT 'pending',
    attempts integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at timestamptz,
    error text,
    CONSTRAINT alert_delivery_pkey PRIMARY KEY (firing, sink),
    CONSTRAINT alert_delivery_state_check CHECK (state IN ('pending', 'delivered', 'given_up')),
    CONSTRAINT alert_delivery_firing_fkey FOREIGN KEY (firing)
    REFERENCES job.alert_firing (id) ON DELETE CASCADE
);

CREATE INDEX alert_delivery_sink_idx ON job.alert_delivery (sink, firing)
WHERE state = 'pending';
