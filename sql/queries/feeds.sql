-- The feeds that are asked for, in the order of their sources.
SELECT
    feed.name,
    feed.kind,
    feed.symbols,
    feed.options,
    feed.is_on,
    feed.position,
    CASE
        WHEN feed.holder IS NOT NULL AND ops.is_alive(feed.holder, feed.holder_since)
            THEN feed.state
        ELSE 'stopped'
    END AS state,
    feed.since,
    feed.last_message_at,
    feed.failure,
    feed.failed_at,
    feed.reconnects,
    extract(EPOCH FROM feed.lag)::double precision AS lag_seconds
FROM job.feed AS feed
ORDER BY feed.position, feed.name;
