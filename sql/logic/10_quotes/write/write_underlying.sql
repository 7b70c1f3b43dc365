-- Write what the underlying was at the instants of the batch.
--
-- The feed's, else that of the nearest expiry: every chain of such an instant was valued. It is in
-- session where any of its quotes is.
CREATE FUNCTION ops.write_underlying() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO fo.underlying_quote AS stored (
        quote_time, symbol, underlying, underlying_source, in_session
    )
    SELECT DISTINCT ON (chain.symbol, chain.quote_time)
        chain.quote_time, chain.symbol, value.underlying, value.underlying_source,
        bool_or(member.in_session) OVER (PARTITION BY chain.symbol, chain.quote_time)
    FROM pg_temp.batch_value AS value
    INNER JOIN pg_temp.batch_chain AS chain ON value.chain = chain.chain
    INNER JOIN (
        SELECT quote.chain, bool_or(quote.in_session) AS in_session
        FROM pg_temp.batch_quote AS quote
        WHERE quote.chain IS NOT NULL
        GROUP BY quote.chain
    ) AS member ON chain.chain = member.chain
    ORDER BY
        chain.symbol ASC, chain.quote_time ASC,
        (value.underlying_source = 'feed') DESC NULLS LAST,
        (value.underlying IS NULL),
        chain.expiry
    ON CONFLICT (symbol, quote_time) DO UPDATE
        SET
            underlying = excluded.underlying,
            underlying_source = excluded.underlying_source,
            in_session = excluded.in_session
        WHERE (stored.underlying, stored.underlying_source, stored.in_session)
        IS DISTINCT FROM (excluded.underlying, excluded.underlying_source, excluded.in_session);
END;
$$;
