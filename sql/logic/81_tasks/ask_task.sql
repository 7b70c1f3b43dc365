-- Ask for a task. Returns its id: that of an earlier one, where the caller asked with the same key.
--
-- An idempotency key is the caller's own, and is kept as long as the task: 24 hours after its end.
CREATE FUNCTION ops.ask_task(
    p_kind text, p_arguments jsonb DEFAULT '{}', p_idempotency_key text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_most constant integer := 100;
    v_asker text := ops.reader_name();
    v_task job.task;
BEGIN
    PERFORM ops.check_task(p_kind, p_arguments);
    IF length(p_idempotency_key) NOT BETWEEN 1 AND 255 THEN
        PERFORM ops.refuse_call(
            'bad_idempotency_key', 'the idempotency key is empty or longer than 255 characters',
            'Send a random text, such as a UUID.'
        );
    END IF;
    PERFORM ops.prune_tasks();
    IF (
        SELECT count(*) >= c_most
        FROM job.task AS task
        WHERE task.asked_by = v_asker AND task.state = 'pending'
    ) AND NOT EXISTS (
        SELECT FROM job.task AS task
        WHERE task.asked_by = v_asker AND task.idempotency_key = p_idempotency_key
    ) THEN
        PERFORM ops.refuse_call(
            'too_many_tasks', format('%s tasks of yours wait already', c_most),
            'Wait until some have run, or cancel some.'
        );
    END IF;
    INSERT INTO job.task (kind, arguments, asked_by, idempotency_key)
    VALUES (p_kind, p_arguments, v_asker, p_idempotency_key)
    ON CONFLICT (asked_by, idempotency_key) DO NOTHING
    RETURNING * INTO v_task;
    IF FOUND THEN
        IF ops.acts_for_others() THEN
            PERFORM ops.tell_task(v_task.id);
        END IF;
        PERFORM ops.wake_workers();
        RETURN v_task.id;
    END IF;
    SELECT * INTO v_task
    FROM job.task AS task
    WHERE task.asked_by = v_asker AND task.idempotency_key = p_idempotency_key;
    IF (v_task.kind, v_task.arguments) IS DISTINCT FROM (p_kind, p_arguments) THEN
        PERFORM ops.refuse_call(
            'idempotency_key_reused',
            format('the idempotency key is that of task %s, which is another one', v_task.id),
            'Send a new key for a new task.'
        );
    END IF;
    RETURN v_task.id;
END;
$$;
