-- The windows of a rollup that are stale: all, or those that are due and live, or due and past.
SELECT
    stale.rollup,
    stale.symbol,
    stale.from_time,
    stale.to_time,
    stale.ids
FROM ops.stale_window AS stale
WHERE
    stale.rollup = %(rollup)s
    AND (stale.is_due OR NOT %(only_due)s)
    AND coalesce(stale.is_live = %(is_live)s, TRUE)
ORDER BY stale.symbol, stale.from_time;
