-- How much of the server's disk is free. SQL cannot see that, so a caller on the same machine
-- measures it: p_free_mb is NULL where it could not.
CREATE FUNCTION ops.health_of_disk(p_free_mb double precision) RETURNS ops.health_check
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_check ops.health_check;
BEGIN
    v_check.name := 'disk';
    v_check.unit := 'MB free';
    v_check.bad_at := 256;
    v_check.value := p_free_mb;
    v_check.remedy := 'free space on that disk';
    v_check.says := CASE
        WHEN p_free_mb IS NULL THEN 'the free space of the server''s disk cannot be seen from here'
        ELSE
            to_char(p_free_mb, 'FM999,999,999,990') || ' MB are free for '
            || coalesce(ops.data_directory(), 'the server')
    END;
    IF (SELECT failed.is_disk_full FROM ops.failed_jobs() AS failed) THEN
        v_check.state := 'bad';
        v_check.says := 'the server''s disk is full: a job could not write';
    ELSIF p_free_mb < 256 THEN
        v_check.state := 'bad';
    ELSIF p_free_mb < 1024 THEN
        v_check.state := 'warn';
    ELSE
        v_check.state := 'ok';
        v_check.remedy := NULL;
    END IF;
    RETURN v_check;
END;
$$;
