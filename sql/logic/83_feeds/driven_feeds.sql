-- The feeds that this session drives: what is asked of each, and what the calendar says.
--
-- in_charge has the symbols that it stores, each with the time from which on; aliases, the earlier
-- names of its symbols. is_open: an exchange
-- of its symbols is. listing_day changes when contracts are to be asked for again.
CREATE FUNCTION ops.driven_feeds(
    p_now timestamptz DEFAULT clock_timestamp(),
    OUT name text, OUT kind text, OUT symbols text[], OUT options jsonb, OUT attempt integer,
    OUT set_at timestamptz, OUT is_open boolean, OUT listing_day text, OUT in_charge jsonb,
    OUT aliases jsonb
) RETURNS SETOF record
LANGUAGE sql VOLATILE AS $$
SELECT
    feed.name, feed.kind, feed.symbols, feed.options, feed.attempt, feed.set_at,
    coalesce(calendar.is_open, FALSE), coalesce(calendar.listing_day, ''),
    (
        SELECT
            coalesce(
                jsonb_object_agg(
                    own.symbol,
                    (extract(EPOCH FROM charge.oldest - '2000-01-01T00:00Z') * 1000000)::bigint
                ), '{}'
            )
        FROM unnest(feed.symbols) AS own (symbol)
        CROSS JOIN LATERAL ops.source_in_charge(own.symbol) AS charge
        WHERE charge.source = feed.name
    ),
    (
        SELECT coalesce(jsonb_object_agg(known.alias, known.symbol), '{}')
        FROM fo.symbol_alias AS known
        WHERE known.symbol = ANY(feed.symbols)
    )
FROM job.feed AS feed
CROSS JOIN
    LATERAL (
        SELECT
            bool_or(p_now >= opening.opens_at AND p_now < opening.closes_at) AS is_open,
            string_agg(DISTINCT concat(
                instrument.exchange, ' ', ops.listing_day(instrument.exchange, p_now)
            ), ',') AS listing_day
        FROM fo.instrument AS instrument
        CROSS JOIN LATERAL ops.newest_opening(instrument.exchange, p_now) AS opening
        WHERE instrument.symbol = ANY(feed.symbols)
    ) AS calendar
WHERE
    feed.is_on
    AND feed.holder = pg_backend_pid()
    AND feed.holder_since = ops.own_start();
$$;
