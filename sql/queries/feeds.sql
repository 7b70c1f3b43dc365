-- How the live feeds stand, in the order of their sources.
SELECT
    feed.name,
    feed.kind,
    feed.symbols,
    feed.options,
    feed.is_on,
    feed.position,
    feed.state,
    feed.since,
    feed.last_message_at,
    feed.lag_seconds,
    feed.reconnects,
    feed.failure,
    feed.failed_at,
    feed.in_charge
FROM ops.feeds() AS feed;
