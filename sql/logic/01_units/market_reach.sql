-- How far apart two snapshots of a symbol may be to keep company (see ops.find_ahead).
CREATE FUNCTION ops.market_reach() RETURNS interval
LANGUAGE sql IMMUTABLE AS $$
SELECT interval '7 days';
$$;
