-- Who may hold the NOTIFY queue, the longest first.
SELECT
    holder.pid,
    holder.role,
    holder.state,
    extract(EPOCH FROM holder.quiet)::float8 AS quiet_seconds,
    holder.is_stuck AND holder.quiet >= %(quiet)s AS is_stuck
FROM ops.queue_holder AS holder
WHERE holder.quiet >= %(quiet)s OR (holder.is_ours AND holder.quiet IS NULL)
ORDER BY holder.quiet DESC NULLS LAST
LIMIT 5;
