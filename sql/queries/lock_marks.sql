LOCK TABLE job.stale_bucket IN SHARE MODE;
