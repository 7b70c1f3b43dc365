-- Claim the oldest lines that no living session stores, or none. The caller is in autocommit.
CREATE FUNCTION ops.take_incoming() RETURNS SETOF job.incoming
LANGUAGE sql VOLATILE AS $$
UPDATE job.incoming AS incoming
SET
    attempt = incoming.attempt + 1,
    holder = pg_backend_pid(),
    holder_since = ops.own_start()
WHERE
    incoming.id = (
        SELECT free.id
        FROM job.incoming AS free
        WHERE free.answer IS NULL AND NOT ops.is_held(free)
        ORDER BY free.id
        LIMIT 1
        FOR UPDATE SKIP LOCKED
    )
RETURNING incoming.*;
$$;
