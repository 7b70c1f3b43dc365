-- Find the forward that each chain of the batch implies by itself, into pg_temp.batch_forward.
--
-- That is the median parity forward over the 6 strikes of smallest |C - P| whose spreads are
-- within 20 % of their mids, at least 3 of them. p_rate is continuously compounded, per year.
-- What is unknown is NaN, also every figure of a drop-out.
CREATE FUNCTION ops.imply_forwards(p_rate double precision) RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO pg_temp.batch_forward (chain, symbol, quote_time, expiry, forward)
    WITH pair AS (
        SELECT
            quote.chain, raw.strike,
            (raw.call_bid + raw.call_ask) / 2 - (raw.put_bid + raw.put_ask) / 2 AS difference
        FROM pg_temp.quote_batch AS raw
        INNER JOIN pg_temp.batch_quote AS quote ON raw.row_no = quote.row_no
        WHERE
            raw.call_ask >= raw.call_bid
            AND raw.put_ask >= raw.put_bid
            AND raw.call_ask - raw.call_bid <= 0.2 * ((raw.call_bid + raw.call_ask) / 2)
            AND raw.put_ask - raw.put_bid <= 0.2 * ((raw.put_bid + raw.put_ask) / 2)
    ),

    ranked AS (
        SELECT
            pair.chain, pair.strike, pair.difference,
            row_number() OVER (
                PARTITION BY pair.chain ORDER BY abs(pair.difference), pair.strike
            ) AS place
        FROM pair
        WHERE pair.difference <> double precision 'NaN'
    )

    SELECT
        chain.chain, chain.symbol, chain.quote_time, chain.expiry,
        percentile_cont(0.5) WITHIN GROUP (
            ORDER BY ranked.strike + ranked.difference * exp(p_rate * chain.years)
        )
    FROM ranked
    INNER JOIN (
        SELECT
            listed.chain, listed.symbol, listed.quote_time, listed.expiry,
            ops.years(listed.expires_at - listed.quote_time) AS years
        FROM pg_temp.batch_chain AS listed
    ) AS chain ON ranked.chain = chain.chain
    WHERE ranked.place <= 6
    GROUP BY chain.chain, chain.symbol, chain.quote_time, chain.expiry
    HAVING count(*) >= 3;
END;
$$;
