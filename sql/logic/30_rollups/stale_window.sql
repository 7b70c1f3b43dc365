-- The windows of each rollup that are to be refreshed: runs of neighbouring stale buckets.
--
-- One row per (rollup, symbol, window); to_time is not included. ids are the rows of
-- job.stale_bucket that this view saw: only those may be deleted when the window is done,
-- because a writer may commit a lower id later. is_due is false while the rollup's pause lasts; a
-- refresh that seems to be of the future, because the server's clock was ahead, has no pause.
-- is_live: its buckets reach into the newest half hour of the symbol's market clock.
CREATE VIEW ops.stale_window AS
WITH bucket AS (
    SELECT
        stale.rollup,
        stale.symbol,
        stale.bucket_time,
        rollup.width,
        rollup.place,
        coalesce(
            clock_timestamp()
            NOT BETWEEN rollup.refreshed_at AND rollup.refreshed_at + rollup.pause,
            TRUE
        ) AS is_due,
        coalesce(
            stale.bucket_time + rollup.width > instrument.clock - interval '30 minutes', TRUE
        ) AS is_live,
        array_agg(stale.id) AS ids
    FROM job.stale_bucket AS stale
    INNER JOIN job.rollup AS rollup ON stale.rollup = rollup.rollup
    LEFT JOIN fo.instrument AS instrument ON stale.symbol = instrument.symbol
    GROUP BY
        stale.rollup, stale.symbol, stale.bucket_time, instrument.clock,
        rollup.width, rollup.place, rollup.refreshed_at, rollup.pause
),

run AS (
    SELECT
        bucket.*,
        bucket.bucket_time - bucket.width * row_number() OVER (
            PARTITION BY bucket.rollup, bucket.symbol ORDER BY bucket.bucket_time
        ) AS start
    FROM bucket
),

member AS (
    SELECT
        run.rollup,
        run.place,
        run.is_due,
        run.is_live,
        run.symbol,
        run.start,
        run.width,
        run.bucket_time,
        id.id
    FROM run
    CROSS JOIN LATERAL unnest(run.ids) AS id (id)
)

SELECT
    member.rollup,
    member.place,
    member.is_due,
    member.is_live,
    member.symbol,
    min(member.bucket_time) AS from_time,
    max(member.bucket_time + member.width) AS to_time,
    array_agg(member.id) AS ids
FROM member
GROUP BY
    member.rollup, member.place, member.is_due, member.is_live, member.symbol, member.start;
