-- Have this session run the SELECTs of alerts for a key, once it has taken on pgstrike_alert.
CREATE FUNCTION ops.alert_reads_for(p_key text) RETURNS void
LANGUAGE sql VOLATILE AS $$
INSERT INTO job.alert_reader AS reader (pid, key)
VALUES (pg_backend_pid(), p_key)
ON CONFLICT (pid) DO UPDATE
    SET key = excluded.key;
$$;
