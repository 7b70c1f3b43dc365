-- The live feed that a symbol's quotes are of at an instant (NULL: now); NULL is none.
CREATE FUNCTION ops.source_at(p_symbol text, p_at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$
SELECT own.source
FROM fo.quote_source AS own
WHERE own.symbol = p_symbol AND own.since <= coalesce(p_at, 'infinity')
ORDER BY own.since DESC
LIMIT 1;
$$;
