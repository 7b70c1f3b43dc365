LOCK TABLE job.scheduler_lock IN EXCLUSIVE MODE;
