-- How far behind a symbol's clock a minute may be that is still logged, and not backfilled.
CREATE FUNCTION ops.logged_reach() RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
SELECT interval '15 minutes';
$$;
