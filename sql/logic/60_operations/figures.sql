-- What the database counts, for Prometheus: a row per figure, with at most one label.
--
-- It runs as the owner, and acts for no reader. Nothing in it costs more as history grows, and
-- labels have few values: rollups, jobs, and 1,000 symbols at most.
CREATE FUNCTION ops.figures(
    OUT name text, OUT kind text, OUT about text, OUT label text, OUT label_value text,
    OUT value double precision
) RETURNS SETOF record
LANGUAGE sql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off AS $$
WITH lag AS MATERIALIZED (
    SELECT every.*
    FROM ops.rollup_lags() AS every
),

feed AS MATERIALIZED (
    SELECT
        instrument.symbol,
        instrument.clock,
        instrument.moved_at
    FROM fo.instrument AS instrument
    WHERE instrument.clock IS NOT NULL
    ORDER BY instrument.symbol
    LIMIT 1000
)

SELECT
    'rollup_lag_seconds', 'gauge', 'How long the oldest bucket waits beyond the pause.',
    'rollup', lag.rollup, greatest(coalesce(lag.seconds, 0), 0)
FROM lag
UNION ALL
SELECT
    'rollup_waiting_buckets', 'gauge', 'Buckets that wait, of the 1,000 oldest of all.',
    'rollup', lag.rollup, lag.buckets::float8
FROM lag
UNION ALL
SELECT
    'feed_clock_timestamp_seconds', 'gauge', 'The market clock: the newest quote.',
    'symbol', feed.symbol, extract(EPOCH FROM feed.clock)::float8
FROM feed
UNION ALL
SELECT
    'feed_moved_timestamp_seconds', 'gauge', 'The newest time that the data is of.',
    'symbol', feed.symbol, extract(EPOCH FROM feed.moved_at)::float8
FROM feed
WHERE feed.moved_at IS NOT NULL
UNION ALL
SELECT
    'job_failed', 'gauge', 'Whether the newest run of a job failed.',
    'job', job.name, (job.error IS NOT NULL)::integer::float8
FROM job.job AS job
UNION ALL
SELECT
    'job_periods', 'counter', 'Periods of a job that were claimed or left out.',
    'job', job.name, job.period::float8
FROM job.job AS job
UNION ALL
SELECT
    'alerts_waiting', 'gauge', 'Alerts that wait for their turn, once for each symbol.',
    NULL, NULL, count(*)::float8
FROM ops.due_alerts()
UNION ALL
SELECT
    'run_is_there', 'gauge', 'Whether a pgstrike run is there.',
    NULL, NULL, ops.is_scheduled()::integer::float8
UNION ALL
SELECT
    'log_events', 'counter', 'Events that were appended to the log.',
    NULL, NULL, counter.last_id::float8
FROM job.event_counter AS counter
UNION ALL
SELECT
    'snapshot_version', 'gauge', 'The version of the latest snapshot.',
    NULL, NULL, shown.version::float8
FROM fo.snapshot_version AS shown
UNION ALL
SELECT
    'rejects_written', 'counter', 'Rejected rows that were written, or counted again.',
    NULL, NULL,
    (
        pg_stat_get_tuples_inserted('fo.quote_reject'::regclass)
        + pg_stat_get_tuples_updated('fo.quote_reject'::regclass)
    )::float8
UNION ALL
SELECT figure.name, 'counter', figure.about, NULL, NULL, figure.value::float8
FROM pg_catalog.pg_stat_database AS base
CROSS JOIN
    LATERAL (
        VALUES
        ('database_commits', 'Transactions of the database.', base.xact_commit),
        ('database_rollbacks', 'Transactions that were rolled back.', base.xact_rollback),
        ('database_rows_inserted', 'Rows that were inserted.', base.tup_inserted),
        ('database_deadlocks', 'Deadlocks.', base.deadlocks),
        ('database_temporary_bytes', 'Bytes of temporary files.', base.temp_bytes)
    ) AS figure (name, about, value)
WHERE base.datname = current_database();
$$;
