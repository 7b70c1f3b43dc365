-- The sealed sessions that wait to be judged again and have an archive.
SELECT
    stale.symbol,
    stale.session
FROM job.stale_session AS stale
INNER JOIN job.archive AS archive
    ON stale.symbol = archive.symbol AND stale.session = archive.session
WHERE ops.is_sealed(stale.symbol, ops.session_from(stale.session))
ORDER BY stale.session, stale.symbol;
