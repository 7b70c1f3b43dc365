-- Forget the checksums of bars whose rollup is replaced, and those of the new rollup.
DELETE FROM job.sealed_bars AS bars
USING job.rollup AS rollup
WHERE rollup.replaces IS NOT NULL AND bars.rollup IN (rollup.rollup, rollup.replaces);
