-- A span of time in years of 365 days, the unit of every time to expiry.
--
-- Plain SQL, so that it is inlined.
CREATE FUNCTION ops.years(p_span interval) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT extract(EPOCH FROM p_span)::double precision / (365 * 86400);
$$;
