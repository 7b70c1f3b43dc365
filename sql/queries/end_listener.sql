-- End a session that is still stuck, and wait up to 2 s for that.
SELECT pg_catalog.pg_terminate_backend(holder.pid, 2000)
FROM ops.queue_holder AS holder
WHERE holder.pid = %s AND holder.is_stuck;
