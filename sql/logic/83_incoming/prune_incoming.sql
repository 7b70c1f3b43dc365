-- Forget answers that nobody fetched within a minute: the server that waited for them has ended.
CREATE FUNCTION ops.prune_incoming() RETURNS void
LANGUAGE sql VOLATILE AS $$
DELETE FROM job.incoming AS incoming
WHERE incoming.answered_at NOT BETWEEN now() - interval '1 minute' AND now() + interval '1 minute';
$$;
