-- Number the snapshot that the same transaction is about to refresh.
--
-- To be called first thing in REPEATABLE READ, so that the event id is the one of the very state
-- that the refresh reads. A refresh analyzes the rows that changed, though nobody asks for their
-- statistics: with 100 whole rows each they would be 30 kB in pg_statistic, every second. So they
-- are kept short until the transaction ends. On an edge the version is that of the
-- primary's snapshot which this one is at least as new as.
CREATE FUNCTION ops.number_snapshot() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    v_version bigint;
BEGIN
    IF current_setting('transaction_isolation') <> 'repeatable read' THEN
        RAISE EXCEPTION 'ops.number_snapshot needs REPEATABLE READ'
            USING HINT = 'Begin with BEGIN ISOLATION LEVEL REPEATABLE READ.';
    END IF;
    UPDATE fo.snapshot_version AS version
    SET
        version = coalesce(
            (SELECT edge.version FROM job.edge AS edge), version.version + 1
        ),
        event_id = (SELECT counter.last_id FROM job.event_counter AS counter),
        refreshed_at = clock_timestamp(),
        announced = FALSE
    RETURNING version.version INTO v_version;
    PERFORM set_config('default_statistics_target', '1', TRUE);
    RETURN v_version;
END;
$$;
