-- The folder of the server's data; NULL where the owner may not know.
CREATE FUNCTION ops.data_directory() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT current_setting('data_directory')
WHERE pg_has_role('pg_read_all_settings', 'USAGE');
$$;
