-- The name of the key that a sign-in code is for. No row where it is unknown, used or expired.
CREATE FUNCTION ops.use_sign_in_code(p_code_hash bytea) RETURNS SETOF text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DELETE FROM job.sign_in_code AS code
WHERE code.code_hash = p_code_hash AND code.expires_at > clock_timestamp()
RETURNING code.key_name;
$$;
