-- How the live feeds stand, in the order of sources. It acts for no reader.
--
-- A feed that nobody drives is stopped. in_charge has the symbols whose quotes are stored of it,
-- each with the time since when. lag_seconds is from the exchange's stamp to the reading.
CREATE FUNCTION ops.feeds(
    OUT name text, OUT kind text, OUT symbols text[], OUT options jsonb, OUT is_on boolean,
    OUT "position" integer, OUT state text, OUT since timestamptz, OUT last_message_at timestamptz,
    OUT lag_seconds double precision, OUT reconnects bigint, OUT failure text,
    OUT failed_at timestamptz, OUT in_charge jsonb
) RETURNS SETOF record
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
SELECT
    feed.name, feed.kind, feed.symbols, feed.options, feed.is_on, feed.position,
    CASE
        WHEN feed.holder IS NOT NULL AND ops.is_driven(feed.holder, feed.holder_since)
            THEN feed.state
        ELSE 'stopped'
    END,
    feed.since, feed.last_message_at, extract(EPOCH FROM feed.lag)::double precision,
    feed.reconnects, feed.failure, feed.failed_at,
    (
        SELECT coalesce(jsonb_object_agg(own.symbol, charge.since), '{}')
        FROM unnest(feed.symbols) AS own (symbol)
        CROSS JOIN LATERAL ops.source_in_charge(own.symbol) AS charge
        WHERE charge.source = feed.name
    )
FROM job.feed AS feed
ORDER BY feed.position, feed.name;
$$;
