-- What is at risk among the sealed sessions: an audit, which reads all their bars.
--
-- One row for each rollup whose checksum no longer holds, and one, without a rollup, for each
-- session that has no archive. Restored sessions are left out: their bars may change.
CREATE VIEW ops.bars_at_risk AS
SELECT
    bars.symbol,
    bars.session,
    bars.rollup,
    CASE
        WHEN now.rows IS NULL THEN 'its columns have changed'
        WHEN now.rows < bars.rows THEN 'rows are missing'
        WHEN now.rows > bars.rows THEN 'rows were added'
        ELSE 'rows have changed'
    END AS problem,
    bars.rows,
    now.rows AS rows_now
FROM job.sealed_session AS sealed
INNER JOIN job.sealed_bars AS bars
    ON sealed.symbol = bars.symbol AND sealed.session = bars.session
CROSS JOIN
    LATERAL ops.bars_checksum(bars.symbol, bars.session, bars.rollup, bars.columns) AS now
WHERE
    NOT sealed.is_open
    AND (now.rows, now.checksum) IS DISTINCT FROM (bars.rows, bars.checksum)
UNION ALL
SELECT
    sealed.symbol,
    sealed.session,
    NULL AS rollup,
    'there is no archive: nothing can be restored or corrected' AS problem,
    NULL AS rows,
    NULL AS rows_now
FROM job.sealed_session AS sealed
WHERE
    NOT sealed.is_open
    AND NOT EXISTS (
        SELECT FROM job.archive AS archive
        WHERE archive.symbol = sealed.symbol AND archive.session = sealed.session
    );
