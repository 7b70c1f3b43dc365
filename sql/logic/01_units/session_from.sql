-- The start of the daily bucket of a session: the first instant of its raw quotes and bars.
CREATE FUNCTION ops.session_from(p_session date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT fo.bucket_start(interval '1 day', p_session::timestamp AT TIME ZONE 'UTC');
$$;
