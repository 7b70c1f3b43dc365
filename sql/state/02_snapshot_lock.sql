-- The lock of a refresh of fo.latest_snapshot (see job.refresh_lock, which is that of the rollups).

CREATE VIEW job.snapshot_lock AS
SELECT TRUE AS is_lock;
