-- The statements that took the most time, where pg_stat_statements is there.
SELECT
    slow.statement,
    slow.calls,
    slow.mean_ms,
    slow.longest_ms,
    slow.total_ms
FROM ops.slow_statements() AS slow;
