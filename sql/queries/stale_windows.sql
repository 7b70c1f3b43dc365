SELECT
    stale.rollup,
    stale.symbol,
    stale.from_time,
    stale.to_time,
    stale.ids
FROM ops.stale_window AS stale
WHERE stale.rollup = %s
ORDER BY stale.symbol, stale.from_time;
