-- Let a session hold for 12 hours from now, and at most for 30 days from when it was signed in.
--
-- One that holds no longer stays so.
CREATE FUNCTION ops.renew_session(p_id_hash bytea) RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
UPDATE job.session AS session
SET
    renewed_at = now(),
    held_until = least(now() + interval '12 hours', session.signed_in_at + interval '30 days')
WHERE session.id_hash = p_id_hash AND session.held_until > now();
$$;
