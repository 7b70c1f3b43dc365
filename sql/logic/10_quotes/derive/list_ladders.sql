-- List the strikes of each chain of the batch in pg_temp.batch_ladder, and what its feed brought.
--
-- If any quote of a chain is in session, only quotes in session count for its forward and bring its
-- underlying; in_session says whether any is. has_book is true where a leg of such a quote has both
-- bid and ask. Of the feed's figures, that of the lowest strike which has one counts. The years of
-- a chain are counted from the exchange's newest stamp where that is more than 5 minutes older
-- than the snapshot: such a page stands still.
CREATE FUNCTION ops.list_ladders() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    WITH known AS (
        SELECT
            quote.chain, quote.in_session, raw.strike, raw.exchange_time,
            nullif(raw.underlying, 'NaN') AS underlying,
            nullif(raw.forward, 'NaN') AS forward,
            greatest(raw.call_bid, raw.call_ask) <> double precision 'NaN'
            OR greatest(raw.put_bid, raw.put_ask) <> double precision 'NaN' AS has_book
        FROM pg_temp.quote_batch AS raw
        INNER JOIN pg_temp.batch_quote AS quote ON raw.row_no = quote.row_no
    ),

    ladder AS (
        SELECT
            known.chain,
            array_agg(known.strike ORDER BY known.strike) AS strikes,
            max(known.exchange_time) AS stamp,
            bool_or(known.in_session) AS in_session,
            bool_or(known.has_book) AS has_book,
            bool_or(known.has_book) FILTER (WHERE known.in_session) AS has_live_book,
            array_agg(known.underlying ORDER BY known.strike)
            FILTER (WHERE known.underlying IS NOT NULL) AS underlyings,
            array_agg(known.underlying ORDER BY known.strike)
            FILTER (WHERE known.underlying IS NOT NULL AND known.in_session)
                AS live_underlyings,
            array_agg(known.forward ORDER BY known.strike)
            FILTER (WHERE known.forward IS NOT NULL) AS forwards,
            array_agg(known.forward ORDER BY known.strike)
            FILTER (WHERE known.forward IS NOT NULL AND known.in_session) AS live_forwards
        FROM known
        GROUP BY known.chain
    ),

    listed AS (
        INSERT INTO pg_temp.batch_ladder (
            chain, strikes, stamp, in_session, has_book, fed_underlying, fed_forward
        )
        SELECT
            ladder.chain, ladder.strikes, ladder.stamp, ladder.in_session,
            coalesce(ladder.has_live_book, ladder.has_book),
            CASE
                WHEN ladder.in_session THEN ladder.live_underlyings[1]
                ELSE ladder.underlyings[1]
            END,
            CASE WHEN ladder.in_session THEN ladder.live_forwards[1] ELSE ladder.forwards[1] END
        FROM ladder
        RETURNING chain, stamp
    )

    UPDATE pg_temp.batch_chain AS chain
    SET years = ops.years_left(chain.expires_at, chain.quote_time, listed.stamp)
    FROM listed
    WHERE chain.chain = listed.chain;
END;
$$;
