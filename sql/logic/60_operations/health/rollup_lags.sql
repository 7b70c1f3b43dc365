-- How long each rollup is behind: the oldest of its buckets that wait, beyond the rollup's pause.
--
-- item is that bucket's id in job.stale_bucket, NULL where none waits; seconds is wrong where the
-- wall clock jumped. The 1,000 oldest buckets are looked at: more wait behind them.
CREATE FUNCTION ops.rollup_lags(
    OUT rollup text, OUT item bigint, OUT seconds double precision,
    OUT pause_seconds double precision, OUT buckets bigint
) RETURNS SETOF record
LANGUAGE sql VOLATILE SET enable_seqscan = off AS $$
WITH oldest AS (
    SELECT
        stale.id,
        stale.rollup,
        stale.noted_at
    FROM job.stale_bucket AS stale
    ORDER BY stale.id
    LIMIT 1000
),

behind AS (
    SELECT
        oldest.rollup,
        (array_agg(oldest.id ORDER BY oldest.noted_at, oldest.id))[1] AS item,
        min(oldest.noted_at) AS noted_at,
        count(*) AS buckets
    FROM oldest
    GROUP BY oldest.rollup
),

-- The clock is read once, so rollups that have waited equally long get equal seconds.
clock AS MATERIALIZED (SELECT clock_timestamp() AS at)

SELECT
    rollup.rollup,
    behind.item,
    extract(EPOCH FROM clock.at - behind.noted_at - rollup.pause),
    extract(EPOCH FROM rollup.pause),
    coalesce(behind.buckets, 0)
FROM job.rollup AS rollup
CROSS JOIN clock
LEFT JOIN behind ON rollup.rollup = behind.rollup
ORDER BY rollup.place;
$$;
