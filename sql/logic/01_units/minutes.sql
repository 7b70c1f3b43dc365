-- A span of time in minutes.
CREATE FUNCTION ops.minutes(p_span interval) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT extract(EPOCH FROM p_span)::double precision / 60;
$$;
