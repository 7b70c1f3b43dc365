-- What /health judges by. One row.
SELECT
    health.epoch,
    health.newest,
    health.version,
    health.event_id,
    health.refreshed_at,
    health.symbols,
    health.waiting_seconds,
    health.stale_id,
    health.stale_rollup,
    health.stale_seconds,
    health.pause_seconds,
    health.is_scheduled,
    health.failures,
    health.is_disk_full,
    health.blockers,
    health.queue_usage,
    health.queue_holders,
    health.data_directory,
    health.stale_feeds,
    health.calendar_doubts
FROM ops.health() AS health;
