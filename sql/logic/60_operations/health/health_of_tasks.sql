-- How long the oldest task waits that nobody has begun, and how many failed in the last hour.
CREATE FUNCTION ops.health_of_tasks() RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
    v_waiting bigint;
    v_failed bigint;
BEGIN
    SELECT
        count(*) FILTER (WHERE task.state = 'pending'),
        count(*) FILTER (
            WHERE task.state = 'failed' AND task.ended_at > clock_timestamp() - interval '1 hour'
        ),
        greatest(
            extract(
                EPOCH FROM clock_timestamp()
                - min(task.asked_at) FILTER (WHERE task.state = 'pending')
            ),
            0
        )
    INTO v_waiting, v_failed, v_check.value
    FROM job.task AS task;
    v_check.name := 'tasks';
    v_check.unit := 'seconds';
    v_check.bad_at := 3600;
    v_check.state := ops.state_of(v_check.value, 300, 3600);
    v_check.says := format(
        '%s %s for a worker, and %s %s failed in the last hour',
        v_waiting, CASE v_waiting WHEN 1 THEN 'task waits' ELSE 'tasks wait' END,
        v_failed, CASE v_failed WHEN 1 THEN 'task' ELSE 'tasks' END
    );
    IF v_check.state <> 'ok' THEN
        v_check.remedy := CASE
            WHEN ops.is_scheduled()
                THEN 'raise PGSTRIKE_MAX_TASKS, or start one more `pgstrike run`'
            ELSE 'start `pgstrike run`'
        END;
    ELSIF v_failed > 0 THEN
        v_check.state := 'warn';
        v_check.remedy := '`pgstrike task list` shows why; mend that, and ask for the task again';
    END IF;
    RETURN v_check;
END;
$$;
