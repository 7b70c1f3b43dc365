-- When a contract expires: at its exchange's close on its expiry day.
--
-- Plain SQL, so that it is inlined.

CREATE FUNCTION fo.expires_at(
    p_expiry date, p_closes_at time, p_time_zone text
) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT (p_expiry + p_closes_at) AT TIME ZONE p_time_zone;
$$;
