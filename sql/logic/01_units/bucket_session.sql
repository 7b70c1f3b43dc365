-- The session whose daily bucket an instant lies in.
--
-- The bucket begins at 22:45 UTC of the day before. Also of a day without a session.
CREATE FUNCTION ops.bucket_session(p_time timestamptz) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT ((fo.bucket_start(interval '1 day', p_time) + interval '1 day') AT TIME ZONE 'UTC')::date;
$$;
