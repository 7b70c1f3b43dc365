-- The valid sessions, for the api, which may act for their keys.
--
-- The seconds are those that are left, so that the api needs no clock that agrees with ours. One
-- that was renewed in the future was so by a clock that was wrong, and does not hold.
CREATE FUNCTION ops.sessions(
    OUT id_hash bytea, OUT key_name text, OUT key_digest bytea,
    OUT held_until timestamptz, OUT seconds_left float8, OUT seconds_to_renewal float8
) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    session.id_hash,
    session.key_name,
    session.key_digest,
    session.held_until,
    extract(EPOCH FROM session.held_until - now()),
    extract(EPOCH FROM session.renewed_at + interval '1 hour' - now())
FROM job.session AS session
WHERE session.held_until > now() AND session.renewed_at < now() + interval '1 minute';
$$;
