-- A snapshot that is about to be made again has at least the newest event.
UPDATE fo.snapshot_version AS version
SET
    version = version.version + 1,
    event_id = (SELECT counter.last_id FROM job.event_counter AS counter),
    refreshed_at = clock_timestamp(),
    announced = FALSE;
