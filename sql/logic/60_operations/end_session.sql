-- Sign a browser out, wherever its cookie is.
CREATE FUNCTION ops.end_session(p_id_hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DELETE FROM job.session AS session
WHERE session.id_hash = p_id_hash;
$$;
