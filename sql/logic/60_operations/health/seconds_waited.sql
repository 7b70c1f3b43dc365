-- How long the item of a check waits: by the database's clock, or by the caller's where that says
-- more.
--
-- The database's times go by the wall clock: it may have been ahead, or was set back since.
-- p_waited is {"check": {"item": 17, "seconds": 3.5}}, as the caller has seen the item wait.
CREATE FUNCTION ops.seconds_waited(
    p_name text, p_item bigint, p_seconds double precision, p_waited jsonb
) RETURNS double precision
LANGUAGE sql IMMUTABLE AS $$
SELECT greatest(
    p_seconds,
    CASE
        WHEN (p_waited #>> ARRAY[p_name, 'item'])::bigint = p_item
            THEN (p_waited #>> ARRAY[p_name, 'seconds'])::double precision
    END,
    0
);
$$;
