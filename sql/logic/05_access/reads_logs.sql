-- Whether the caller may read the lines of the log: an operator, as in api/http/auth.py.
--
-- The rights hold for all symbols, and are an administrator's or name topic ops.
CREATE FUNCTION ops.reads_logs() RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT coalesce(rights.symbols IS NULL AND (rights.is_admin OR 'ops' = ANY(rights.topics)), FALSE)
FROM ops.reader_rights() AS rights;
$$;
