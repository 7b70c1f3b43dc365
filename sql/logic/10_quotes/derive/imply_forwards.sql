-- Find the forward that each chain's own prices imply, into pg_temp.batch_forward.
--
-- That is the median of K + (C - P) e^(rT) over the 6 strikes of smallest |C - P|. C and P are mids
-- where both markets are uncrossed and within 20 % of their mids (source parity): of at least 3
-- strikes, or of fewer whose two spreads together are within 0.1 % of the strike. Where no leg of
-- the chain has both bid and ask they are last prices, of at least 3 strikes (source last). p_rate
-- is continuously compounded, per year. What is unknown is NaN, also every figure of a drop-out. T
-- is that of each strike's own stamp, where feeds stamp strikes apart.
CREATE FUNCTION ops.imply_forwards(p_rate double precision) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_forward (chain, forward, source)
    WITH pair AS (
        SELECT
            quote.chain, raw.strike, raw.quote_time, raw.exchange_time, ladder.has_book,
            CASE
                WHEN ladder.has_book
                    THEN
                        (raw.call_bid + raw.call_ask) / 2 - (raw.put_bid + raw.put_ask) / 2
                ELSE raw.call_ltp - raw.put_ltp
            END AS difference,
            ladder.has_book
            AND raw.call_ask - raw.call_bid + (raw.put_ask - raw.put_bid)
            <= 0.001 * raw.strike AS is_close
        FROM pg_temp.quote_batch AS raw
        INNER JOIN pg_temp.batch_quote AS quote ON raw.row_no = quote.row_no
        INNER JOIN pg_temp.batch_ladder AS ladder ON quote.chain = ladder.chain
        WHERE
            (quote.in_session OR NOT ladder.in_session)
            AND (
                NOT ladder.has_book
                OR (
                    raw.call_ask >= raw.call_bid
                    AND raw.put_ask >= raw.put_bid
                    AND raw.call_ask - raw.call_bid
                    <= 0.2 * ((raw.call_bid + raw.call_ask) / 2)
                    AND raw.put_ask - raw.put_bid <= 0.2 * ((raw.put_bid + raw.put_ask) / 2)
                )
            )
    ),

    ranked AS (
        SELECT
            pair.*,
            row_number() OVER (
                PARTITION BY pair.chain ORDER BY abs(pair.difference), pair.strike
            ) AS place
        FROM pair
        WHERE pair.difference <> double precision 'NaN'
    )

    SELECT
        chain.chain,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY
                ranked.strike
                + ranked.difference * exp(
                    p_rate
                    * ops.years_left(chain.expires_at, ranked.quote_time, ranked.exchange_time)
                )
        ),
        CASE WHEN bool_and(ranked.has_book) THEN 'parity' ELSE 'last' END
    FROM ranked
    INNER JOIN pg_temp.batch_chain AS chain ON ranked.chain = chain.chain
    WHERE ranked.place <= 6
    GROUP BY chain.chain
    HAVING count(*) >= 3 OR bool_and(ranked.is_close);
END;
$$;
