-- Whether anything happened that fo.latest_snapshot does not show yet.
CREATE FUNCTION ops.refresh_is_due() RETURNS boolean
LANGUAGE sql STABLE AS $$
SELECT EXISTS (
    SELECT FROM fo.event AS event
    WHERE event.id > (SELECT version.event_id FROM fo.snapshot_version AS version)
        AND event.topic IN ('chain', 'rollup')
);
$$;
