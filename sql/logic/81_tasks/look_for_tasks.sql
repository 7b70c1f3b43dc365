-- What a process with workers does twice a second. Returns how many tasks of its kinds are free.
CREATE FUNCTION ops.look_for_tasks(
    p_kinds text[], p_ids bigint[], p_attempts integer[], p_lease interval
) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM ops.beat_tasks(p_ids, p_attempts);
    PERFORM ops.end_stopped_workers(p_lease);
    PERFORM ops.cancel_leftovers();
    PERFORM ops.tell_tasks();
    RETURN (
        SELECT count(*)
        FROM job.task AS task
        WHERE task.kind = ANY(p_kinds) AND ops.is_free(task)
    );
END;
$$;
