-- Sign a browser in. Of one key's sessions, those go that were not used for longest, above 1,000.
CREATE FUNCTION ops.open_session(p_id_hash bytea, p_key_name text, p_key_digest bytea)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DELETE FROM job.session AS session
WHERE session.id_hash IN (
    SELECT other.id_hash
    FROM job.session AS other
    WHERE other.key_name = p_key_name
    ORDER BY other.renewed_at DESC
    OFFSET 999
);
INSERT INTO job.session
(id_hash, key_name, key_digest, signed_in_at, renewed_at, held_until)
VALUES (p_id_hash, p_key_name, p_key_digest, now(), now(), now() + interval '12 hours');
$$;
