-- Whether there is a key of a name, in force or revoked: a row or none.
SELECT FROM job.api_key AS key
WHERE key.name = %s;
