-- How full the server's NOTIFY queue is.
--
-- `pgstrike run` ends a stuck listener long before it is bad.
CREATE FUNCTION ops.health_of_notify_queue() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_usage double precision := pg_notification_queue_usage();
    v_holders text[];
BEGIN
    v_check.name := 'notify_queue';
    v_check.unit := 'percent';
    v_check.bad_at := 25;
    v_check.value := 100 * v_usage;
    v_check.state := ops.state_of(v_check.value, 5, 25);
    v_check.says := format('the server''s NOTIFY queue is %s%% full', round(v_check.value));
    IF v_check.state <> 'ok' THEN
        v_holders := ops.queue_holders();
        v_check.says := v_check.says || ', and when it is full nothing can be stored';
        v_check.remedy := CASE
            WHEN cardinality(v_holders) > 0
                THEN
                    'end the session that holds it with pg_terminate_backend: '
                    || array_to_string(v_holders, ', ')
            ELSE
                'GRANT pg_read_all_stats, pg_signal_backend to the database''s owner, or ask the '
                'server''s administrator to end the session that holds it'
        END;
    END IF;
    RETURN v_check;
END;
$$;
