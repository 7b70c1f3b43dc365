-- How each feed that has said something of a symbol stands with it.
CREATE FUNCTION ops.source_standings(p_symbol text, p_now timestamptz)
RETURNS SETOF ops.source_standing
LANGUAGE sql VOLATILE AS $$
SELECT
    feed.name,
    feed.position,
    feed.is_on
    AND p_symbol = ANY(feed.symbols)
    AND feed.holder IS NOT NULL
    AND ops.is_alive(feed.holder, feed.holder_since),
    p_now - own.last_message_at <= own.patience,
    own.last_message_at,
    own.read_at,
    own.steady_since,
    own.volume,
    own.volume_before,
    CASE WHEN feed.failed_at > p_now - interval '10 minutes' THEN feed.failure END
FROM job.feed AS feed
INNER JOIN job.feed_symbol AS own ON feed.name = own.feed
WHERE own.symbol = p_symbol;
$$;
