LOCK TABLE job.snapshot_lock IN EXCLUSIVE MODE;
