-- Claim the oldest free task of some kinds for this session, or none. The caller is in autocommit.
--
-- A task whose last attempts all ended without a new checkpoint is given up. The server looks every
-- half second whether the worker is still there, also in a long statement.
CREATE FUNCTION ops.claim_task(p_kinds text[]) RETURNS SETOF job.task
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    c_fruitless constant integer := 5;
    v_task job.task;
BEGIN
    LOOP
        SELECT task.* INTO v_task
        FROM job.task AS task
        WHERE task.kind = ANY(p_kinds) AND ops.is_free(task)
        ORDER BY task.id
        LIMIT 1
        FOR UPDATE SKIP LOCKED;
        EXIT WHEN NOT FOUND OR v_task.fruitless < c_fruitless;
        UPDATE job.task AS task
        SET
            state = 'failed',
            ended_at = clock_timestamp(),
            error = format(
                '%s attempts in a row came to nothing, the last one because %s', c_fruitless,
                coalesce(task.error, 'its worker died; see the log of `pgstrike run`')
            )
        WHERE task.id = v_task.id;
        PERFORM ops.tell_task(v_task.id);
    END LOOP;
    IF v_task.id IS NULL THEN
        RETURN;
    END IF;
    UPDATE job.task AS task
    SET
        state = 'running',
        attempt = task.attempt + 1,
        fruitless = task.fruitless + 1,
        started_at = coalesce(task.started_at, clock_timestamp()),
        attempt_began_at = clock_timestamp(),
        attempt_began_with = task.progress,
        holder = pg_backend_pid(),
        holder_since = ops.own_start()
    WHERE task.id = v_task.id
    RETURNING task.* INTO v_task;
    PERFORM set_config('client_connection_check_interval', '500ms', FALSE);
    PERFORM ops.tell_task(v_task.id);
    RETURN QUERY
    SELECT task.*
    FROM job.task AS task
    WHERE task.id = v_task.id;
END;
$$;
