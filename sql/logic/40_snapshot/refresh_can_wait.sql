-- Whether fo.latest_snapshot had better not be refreshed at this moment, although that is due.
--
-- While others may still see the rows that the last refresh deleted, another one makes a third
-- copy of them. As a rule they end soon. After 3 seconds, and where the snapshot is bloated
-- already, nothing is waited for. To be asked after a VACUUM, which counts the rows.
CREATE FUNCTION ops.refresh_can_wait() RETURNS boolean
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF EXISTS (
        SELECT
        FROM fo.snapshot_version AS version
        CROSS JOIN pg_catalog.pg_class AS snapshot
        WHERE snapshot.oid = 'fo.latest_snapshot'::regclass
            AND pg_catalog.pg_stat_get_dead_tuples(snapshot.oid) > snapshot.reltuples / 20
            AND clock_timestamp()
            BETWEEN version.refreshed_at AND version.refreshed_at + interval '3 seconds'
    ) THEN
        RETURN (SELECT NOT size.is_bloated FROM ops.snapshot_size() AS size);
    END IF;
    RETURN FALSE;
END;
$$;
