-- The lock of `pgstrike run`, held as long as it runs (see job.refresh_lock).

CREATE VIEW job.scheduler_lock AS
SELECT TRUE AS is_lock;
