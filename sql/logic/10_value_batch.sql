-- Value each chain of the batch, into pg_temp.batch_chain: forward, nearest strike, strike gap.
--
-- A chain is one (quote_time, symbol, expiry). implied is the median parity forward over the 6
-- strikes of smallest |C - P| whose spreads are within 20 % of their mids, at least 3 of them;
-- else that of the nearest expiry (a tie: the earlier). at_strike is the strike nearest the
-- underlying (a tie: the lower), strike_gap the commonest step within 10 strikes of it (a tie:
-- the smaller). p_rate is continuously compounded, per year.
CREATE FUNCTION ops.value_batch(p_rate double precision) RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_chain
    WITH mid AS (
        SELECT
            quote.quote_time, quote.symbol, quote.expiry, quote.strike,
            (quote.call_bid + quote.call_ask) / 2 - (quote.put_bid + quote.put_ask) / 2 AS difference,
            extract(EPOCH FROM quote.dies_at - quote.quote_time)::double precision
            / (365 * 86400) AS years
        FROM pg_temp.batch_quote AS quote
        LEFT JOIN pg_temp.batch_growth AS growth USING (symbol, expiry, strike, quote_time)
        WHERE NOT coalesce(growth.call_dropout, quote.call_dropout)
            AND NOT coalesce(growth.put_dropout, quote.put_dropout)
            AND quote.call_ask >= quote.call_bid
            AND quote.put_ask >= quote.put_bid
            AND quote.call_ask - quote.call_bid <= 0.2 * ((quote.call_bid + quote.call_ask) / 2)
            AND quote.put_ask - quote.put_bid <= 0.2 * ((quote.put_bid + quote.put_ask) / 2)
    ),
    pair AS (
        SELECT
            mid.quote_time, mid.symbol, mid.expiry,
            mid.strike + mid.difference * exp(p_rate * mid.years) AS forward,
            row_number() OVER (
                PARTITION BY mid.quote_time, mid.symbol, mid.expiry
                ORDER BY abs(mid.difference), mid.strike
            ) AS place
        FROM mid
    ),
    parity AS (
        SELECT
            pair.quote_time, pair.symbol, pair.expiry,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY pair.forward) AS forward
        FROM pair
        WHERE pair.place <= 6
        GROUP BY pair.quote_time, pair.symbol, pair.expiry
        HAVING count(*) >= 3
    ),
    ladder AS MATERIALIZED (
        SELECT
            quote.quote_time, quote.symbol, quote.expiry, quote.strike,
            first_value(quote.underlying) OVER rungs AS fed,
            row_number() OVER rungs AS place,
            quote.strike - lag(quote.strike) OVER rungs AS step
        FROM pg_temp.batch_quote AS quote
        WINDOW rungs AS (
            PARTITION BY quote.quote_time, quote.symbol, quote.expiry ORDER BY quote.strike
        )
    ),
    chain AS (
        SELECT DISTINCT ON (ladder.quote_time, ladder.symbol, ladder.expiry)
            ladder.quote_time, ladder.symbol, ladder.expiry, ladder.fed,
            parity.forward AS implied,
            CASE
                WHEN parity.expiry = ladder.expiry THEN 'parity'
                WHEN parity.expiry IS NOT NULL THEN 'other_expiry'
            END AS implied_source
        FROM ladder
        LEFT JOIN parity USING (quote_time, symbol)
        WHERE ladder.place = 1
        ORDER BY
            ladder.quote_time, ladder.symbol, ladder.expiry,
            abs(parity.expiry - ladder.expiry), parity.expiry
    ),
    money AS (
        SELECT DISTINCT ON (chain.quote_time, chain.symbol, chain.expiry)
            chain.quote_time, chain.symbol, chain.expiry, chain.implied, chain.implied_source,
            ladder.place, ladder.strike
        FROM chain
        INNER JOIN ladder USING (quote_time, symbol, expiry)
        ORDER BY
            chain.quote_time, chain.symbol, chain.expiry,
            abs(ladder.strike - coalesce(chain.fed, chain.implied)), ladder.strike
    ),
    step AS (
        SELECT money.quote_time, money.symbol, money.expiry, ladder.step, count(*) AS strikes
        FROM money
        INNER JOIN ladder USING (quote_time, symbol, expiry)
        WHERE ladder.step IS NOT NULL AND ladder.place BETWEEN money.place - 9 AND money.place + 10
        GROUP BY money.quote_time, money.symbol, money.expiry, ladder.step
    )
    SELECT DISTINCT ON (money.quote_time, money.symbol, money.expiry)
        money.quote_time, money.symbol, money.expiry, money.implied, money.implied_source,
        money.strike, step.step
    FROM money
    LEFT JOIN step USING (quote_time, symbol, expiry)
    ORDER BY money.quote_time, money.symbol, money.expiry, step.strikes DESC, step.step;
    ANALYZE pg_temp.batch_chain (quote_time, symbol, expiry);
END;
$$;
