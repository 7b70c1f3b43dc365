-- Write what the underlying was at the instants of the batch.
--
-- That of a chain in session before one that is not, the feed's before others, and of several the
-- earliest expiry's: every chain of such an instant was valued.
CREATE FUNCTION ops.write_underlying() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO fo.underlying_quote AS stored (
        quote_time, symbol, underlying, underlying_source, in_session, session, fed_underlying,
        implied_spot, fed_by_expiry
    )
    SELECT DISTINCT ON (chain.symbol, chain.quote_time)
        chain.quote_time, chain.symbol, value.underlying, value.underlying_source,
        spot.in_session, spot.session, spot.fed_underlying, spot.implied_spot,
        spot.fed_by_expiry
    FROM pg_temp.batch_value AS value
    INNER JOIN pg_temp.batch_chain AS chain ON value.chain = chain.chain
    INNER JOIN pg_temp.batch_ladder AS ladder ON value.chain = ladder.chain
    INNER JOIN pg_temp.batch_spot AS spot
        ON chain.symbol = spot.symbol AND chain.quote_time = spot.quote_time
    ORDER BY
        chain.symbol ASC, chain.quote_time ASC,
        (value.underlying IS NULL),
        ladder.in_session DESC,
        (value.underlying_source = 'feed') DESC,
        chain.expiry
    ON CONFLICT (symbol, quote_time) DO UPDATE
        SET
            underlying = excluded.underlying,
            underlying_source = excluded.underlying_source,
            in_session = excluded.in_session,
            session = excluded.session,
            fed_underlying = excluded.fed_underlying,
            implied_spot = excluded.implied_spot,
            fed_by_expiry = excluded.fed_by_expiry
        WHERE (
            stored.underlying, stored.underlying_source, stored.in_session, stored.session,
            stored.fed_underlying, stored.implied_spot, stored.fed_by_expiry
        ) IS DISTINCT FROM (
            excluded.underlying, excluded.underlying_source, excluded.in_session,
            excluded.session, excluded.fed_underlying, excluded.implied_spot,
            excluded.fed_by_expiry
        );
END;
$$;
