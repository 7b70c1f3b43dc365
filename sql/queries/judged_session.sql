DELETE FROM job.stale_session
WHERE symbol = %s AND session = %s;
