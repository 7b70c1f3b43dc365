-- Append an event of topic task, as the transaction's last act.
--
-- It has no arguments, result or asker: every reader with the topic sees it. Where the task is
-- about a symbol, only readers of that symbol do.
CREATE FUNCTION ops.tell_task(p_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE SET timezone = 'UTC' AS $$
DECLARE
    v_task job.task;
    v_symbol text;
BEGIN
    UPDATE job.task AS task
    SET told_state = task.state, told_at = clock_timestamp()
    WHERE task.id = p_id
    RETURNING task.* INTO v_task;
    v_symbol := left(v_task.arguments ->> 'symbol', 32);
    PERFORM ops.append_events(
        ARRAY['task'], ARRAY[v_symbol], ARRAY[NULL::date],
        ARRAY[json_build_object(
            'topic', 'task', 'symbol', v_symbol, 'task', v_task.id,
            'kind', v_task.kind, 'state', v_task.state, 'progress', v_task.progress,
            'message', left(v_task.message, 1000), 'seconds_left', v_task.seconds_left,
            'attempt', v_task.attempt
        )::text]
    );
END;
$$;
