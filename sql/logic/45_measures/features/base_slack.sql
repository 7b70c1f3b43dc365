-- How much older than asked for the base of a change may be: a quarter of the time, or a minute.
CREATE FUNCTION ops.base_slack(p_over interval) RETURNS interval
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT greatest(p_over / 4, interval '1 minute');
$$;
