-- For which key a session runs the SELECTs of alerts, by the session's pid.
--
-- A setting would not do: a SELECT can change those. Only a session that has taken on the role
-- pgstrike_alert is looked up here (ops.reader_name), and it writes its own row before that.

CREATE TABLE job.alert_reader (
    pid integer NOT NULL,
    key text NOT NULL,
    CONSTRAINT alert_reader_pkey PRIMARY KEY (pid)
);
