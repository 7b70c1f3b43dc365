-- Whether a living session stores the lines.
CREATE FUNCTION ops.is_held(p_incoming job.incoming) RETURNS boolean
LANGUAGE sql VOLATILE AS $$
SELECT
    p_incoming.holder IS NOT NULL
    AND ops.is_alive(p_incoming.holder, p_incoming.holder_since);
$$;
