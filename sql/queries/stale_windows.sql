-- The windows of a rollup that are stale, or only those that are due.
SELECT
    stale.rollup,
    stale.symbol,
    stale.from_time,
    stale.to_time,
    stale.ids
FROM ops.stale_window AS stale
WHERE stale.rollup = %s AND (stale.is_due OR NOT %s)
ORDER BY stale.symbol, stale.from_time;
