-- Claim a period of a job; one row, or none where none is due.
SELECT
    claimed.period,
    claimed.attempt
FROM ops.claim_run(%(job)s, %(process)s, %(host)s) AS claimed
WHERE claimed.period IS NOT NULL;
