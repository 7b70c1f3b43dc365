-- Note how far a task is, in the transaction of the chunk that was done. False: it is ours no more.
--
-- Events about progress are half a second apart at least.
CREATE FUNCTION ops.advance_task(
    p_id bigint, p_attempt integer, p_progress double precision, p_message text, p_checkpoint jsonb
) RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_told timestamptz;
BEGIN
    UPDATE job.task AS task
    SET
        progress = p_progress,
        message = p_message,
        checkpoint = p_checkpoint,
        fruitless = CASE
            WHEN task.checkpoint IS DISTINCT FROM p_checkpoint THEN 0
            ELSE task.fruitless
        END,
        seconds_left = CASE
            WHEN p_progress > task.attempt_began_with
                THEN
                    extract(EPOCH FROM clock_timestamp() - task.attempt_began_at)
                    * (1 - p_progress) / (p_progress - task.attempt_began_with)
        END
    WHERE task.id = p_id AND task.attempt = p_attempt AND task.state = 'running'
    RETURNING task.told_at INTO v_told;
    IF NOT FOUND THEN
        RETURN FALSE;
    END IF;
    IF coalesce(
        clock_timestamp() NOT BETWEEN v_told AND v_told + interval '500 milliseconds', TRUE
    ) THEN
        PERFORM ops.tell_task(p_id);
    END IF;
    RETURN TRUE;
END;
$$;
