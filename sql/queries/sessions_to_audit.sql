-- The sealed sessions whose bars were not compared for the longest time.
SELECT
    sealed.symbol,
    sealed.session
FROM job.sealed_session AS sealed
WHERE NOT sealed.is_open
ORDER BY sealed.checked_at NULLS FIRST, sealed.symbol, sealed.session
LIMIT %s;
