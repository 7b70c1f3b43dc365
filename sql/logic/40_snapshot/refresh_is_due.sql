-- Whether anything happened that fo.latest_snapshot does not show yet.
--
-- On an edge: whether the primary announced one since. Its own counts no versions.
CREATE FUNCTION ops.refresh_is_due() RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT coalesce(edge.version > shown.version, counter.change_id > shown.event_id)
FROM job.event_counter AS counter
CROSS JOIN fo.snapshot_version AS shown
LEFT JOIN job.edge AS edge ON TRUE;
$$;
