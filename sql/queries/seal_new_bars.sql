-- Give the bars of new rollups the checksums of sealed sessions, in place of those of the old ones.
INSERT INTO job.sealed_bars (symbol, session, rollup, columns, rows, checksum)
SELECT
    sealed.symbol,
    sealed.session,
    rollup.replaces,
    names.columns,
    now.rows,
    now.checksum
FROM job.rollup AS rollup
CROSS JOIN job.sealed_session AS sealed
CROSS JOIN
    LATERAL ops.column_names(format('fo.%I', rollup.rollup)::regclass) AS names (columns)
CROSS JOIN
    LATERAL ops.bars_checksum(
        sealed.symbol, sealed.session, rollup.rollup, names.columns
    ) AS now
WHERE rollup.replaces IS NOT NULL;
