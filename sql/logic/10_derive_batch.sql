-- Put together the whole rows that are to be stored, into pg_temp.batch_final.
--
-- Exact halves between two levels go to the lower one. Without an underlying or a strike gap the
-- moneyness is NULL.
CREATE FUNCTION ops.derive_batch() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_final (
        quote_time, exchange_time, symbol, expiry, strike, underlying, underlying_source,
        strike_gap, moneyness_level, call_moneyness, put_moneyness, call_ltp, call_bid,
        call_ask, call_bid_qty, call_ask_qty, call_volume, call_oi, call_iv, call_delta,
        call_gamma, call_theta, call_vega, call_volume_growth, call_oi_growth, call_dropout,
        put_ltp, put_bid, put_ask, put_bid_qty, put_ask_qty, put_volume, put_oi, put_iv,
        put_delta, put_gamma, put_theta, put_vega, put_volume_growth, put_oi_growth,
        put_dropout, session, in_session, arrival
    )
    SELECT
        quote.quote_time,
        quote.exchange_time,
        quote.symbol,
        quote.expiry,
        quote.strike,
        money.underlying,
        CASE WHEN quote.underlying IS NOT NULL THEN 'feed' ELSE chain.implied_source END,
        money.strike_gap,
        money.level,
        CASE WHEN money.level = 0 THEN 'ATM' WHEN money.level > 0 THEN 'OTM' || money.level ELSE 'ITM' || -money.level END,
        CASE WHEN money.level = 0 THEN 'ATM' WHEN money.level > 0 THEN 'ITM' || money.level ELSE 'OTM' || -money.level END,
        CASE WHEN NOT dropout.call THEN quote.call_ltp END,
        CASE WHEN NOT dropout.call THEN quote.call_bid END,
        CASE WHEN NOT dropout.call THEN quote.call_ask END,
        CASE WHEN NOT dropout.call THEN quote.call_bid_qty END,
        CASE WHEN NOT dropout.call THEN quote.call_ask_qty END,
        CASE WHEN NOT dropout.call THEN quote.call_volume END,
        CASE WHEN NOT dropout.call THEN quote.call_oi END,
        CASE WHEN NOT dropout.call THEN quote.call_iv END,
        CASE WHEN NOT dropout.call THEN quote.call_delta END,
        CASE WHEN NOT dropout.call THEN quote.call_gamma END,
        CASE WHEN NOT dropout.call THEN quote.call_theta END,
        CASE WHEN NOT dropout.call THEN quote.call_vega END,
        CASE WHEN growth.symbol IS NULL THEN quote.call_volume_growth ELSE growth.call_volume_growth END,
        CASE WHEN growth.symbol IS NULL THEN quote.call_oi_growth ELSE growth.call_oi_growth END,
        dropout.call,
        CASE WHEN NOT dropout.put THEN quote.put_ltp END,
        CASE WHEN NOT dropout.put THEN quote.put_bid END,
        CASE WHEN NOT dropout.put THEN quote.put_ask END,
        CASE WHEN NOT dropout.put THEN quote.put_bid_qty END,
        CASE WHEN NOT dropout.put THEN quote.put_ask_qty END,
        CASE WHEN NOT dropout.put THEN quote.put_volume END,
        CASE WHEN NOT dropout.put THEN quote.put_oi END,
        CASE WHEN NOT dropout.put THEN quote.put_iv END,
        CASE WHEN NOT dropout.put THEN quote.put_delta END,
        CASE WHEN NOT dropout.put THEN quote.put_gamma END,
        CASE WHEN NOT dropout.put THEN quote.put_theta END,
        CASE WHEN NOT dropout.put THEN quote.put_vega END,
        CASE WHEN growth.symbol IS NULL THEN quote.put_volume_growth ELSE growth.put_volume_growth END,
        CASE WHEN growth.symbol IS NULL THEN quote.put_oi_growth ELSE growth.put_oi_growth END,
        dropout.put,
        quote.session,
        quote.in_session,
        quote.arrival
    FROM pg_temp.batch_quote AS quote
    LEFT JOIN pg_temp.batch_growth AS growth USING (symbol, expiry, strike, quote_time)
    LEFT JOIN pg_temp.batch_chain AS chain USING (quote_time, symbol, expiry)
    CROSS JOIN LATERAL (
        SELECT
            coalesce(growth.call_dropout, quote.call_dropout) AS call,
            coalesce(growth.put_dropout, quote.put_dropout) AS put
    ) AS dropout
    CROSS JOIN LATERAL (
        SELECT
            coalesce(quote.underlying, chain.implied) AS underlying,
            CASE WHEN coalesce(quote.underlying, chain.implied) IS NOT NULL THEN chain.strike_gap END AS strike_gap,
            CASE
                WHEN coalesce(quote.underlying, chain.implied) IS NOT NULL
                    THEN ceil((quote.strike - chain.at_strike) / chain.strike_gap - 0.5)::integer
            END AS level
    ) AS money;
    ANALYZE pg_temp.batch_final (symbol, expiry, strike, quote_time, call_dropout, put_dropout);
END;
$$;
