UPDATE job.api_key AS key
SET revoked_at = clock_timestamp()
WHERE key.name = %s AND key.revoked_at IS NULL;
