-- Whether anything happened that fo.latest_snapshot does not show yet.
CREATE FUNCTION ops.refresh_is_due() RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT counter.change_id > (SELECT version.event_id FROM fo.snapshot_version AS version)
FROM job.event_counter AS counter;
$$;
