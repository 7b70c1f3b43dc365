-- The instant before which no quote of a session of this date is, in whatever time zone.
CREATE FUNCTION ops.session_floor(p_session date) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (p_session - 2)::timestamp AT TIME ZONE 'UTC';
$$;
