-- The topics of events that the caller may read.
CREATE FUNCTION ops.readable_topics() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT coalesce(rights.topics, fo.topics())
FROM ops.reader_rights() AS rights;
$$;
