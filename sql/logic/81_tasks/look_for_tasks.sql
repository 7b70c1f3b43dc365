-- What a process with workers does twice a second. Returns how many tasks of its kinds are free.
CREATE FUNCTION ops.look_for_tasks(p_kinds text[]) RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM ops.cancel_leftovers();
    PERFORM ops.tell_tasks();
    RETURN (
        SELECT count(*)
        FROM job.task AS task
        WHERE task.kind = ANY(p_kinds) AND ops.is_free(task)
    );
END;
$$;
