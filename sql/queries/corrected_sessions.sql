-- The sessions that a correction opened, and that wait for no refresh any more.
SELECT
    sealed.symbol,
    sealed.session
FROM job.sealed_session AS sealed
WHERE
    sealed.is_open
    AND sealed.is_corrected
    AND NOT EXISTS (
        SELECT FROM job.stale_session AS stale
        WHERE stale.symbol = sealed.symbol AND stale.session = sealed.session
    )
    AND NOT EXISTS (
        SELECT FROM job.stale_bucket AS stale
        WHERE
            stale.symbol = sealed.symbol
            AND stale.bucket_time >= ops.session_from(sealed.session)
            AND stale.bucket_time < ops.session_from(sealed.session + 1)
    )
ORDER BY sealed.session, sealed.symbol;
