-- The times of a symbol's newest 17 snapshots of a session, in order: their distance is its pace.
CREATE FUNCTION ops.newest_moments(p_symbol text) RETURNS timestamptz[]
LANGUAGE sql STABLE AS $$
SELECT array_agg(each.quote_time ORDER BY each.quote_time)
FROM (
    SELECT source.quote_time
    FROM fo.underlying_quote AS source
    WHERE source.symbol = p_symbol AND source.in_session
    ORDER BY source.quote_time DESC
    LIMIT 17
) AS each;
$$;
