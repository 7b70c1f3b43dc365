-- Add to pg_temp.batch_quote the stored quotes whose snapshot is to be valued again.
--
-- That is any snapshot that the batch adds to or corrects, and any in which a stored leg became
-- a drop-out, or ceased to be one, by what the batch brought.
CREATE FUNCTION ops.complete_batch() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    INSERT INTO pg_temp.batch_quote (
        quote_time, exchange_time, symbol, expiry, strike, underlying,
        call_ltp, call_bid, call_ask, call_bid_qty, call_ask_qty, call_volume, call_oi, call_iv, call_delta, call_gamma, call_theta, call_vega,
        put_ltp, put_bid, put_ask, put_bid_qty, put_ask_qty, put_volume, put_oi, put_iv, put_delta, put_gamma, put_theta, put_vega,
        call_dropout, put_dropout,
        call_volume_growth, put_volume_growth, call_oi_growth, put_oi_growth,
        session, in_session, arrival, dies_at, seen, late
    )
    WITH touched AS MATERIALIZED (
        SELECT quote.symbol, quote.quote_time
        FROM pg_temp.batch_quote AS quote
        WHERE quote.seen
        UNION
        SELECT growth.symbol, growth.quote_time
        FROM pg_temp.batch_growth AS growth
        INNER JOIN fo.option_quote AS stored
            ON
                growth.symbol = stored.symbol
                AND growth.expiry = stored.expiry
                AND growth.strike = stored.strike
                AND growth.quote_time = stored.quote_time
        WHERE growth.is_stored
            AND (growth.call_dropout, growth.put_dropout)
            IS DISTINCT FROM (stored.call_dropout, stored.put_dropout)
    )
    SELECT
        stored.quote_time, stored.exchange_time, stored.symbol, stored.expiry, stored.strike,
        stored.underlying,
        stored.call_ltp, stored.call_bid, stored.call_ask, stored.call_bid_qty,
        stored.call_ask_qty, stored.call_volume, stored.call_oi, stored.call_iv,
        stored.call_delta, stored.call_gamma, stored.call_theta, stored.call_vega,
        stored.put_ltp, stored.put_bid, stored.put_ask, stored.put_bid_qty, stored.put_ask_qty,
        stored.put_volume, stored.put_oi, stored.put_iv, stored.put_delta, stored.put_gamma,
        stored.put_theta, stored.put_vega,
        stored.call_dropout, stored.put_dropout,
        stored.call_volume_growth, stored.put_volume_growth,
        stored.call_oi_growth, stored.put_oi_growth,
        stored.session, stored.in_session, 'stored',
        (stored.expiry + exchange.closes_at) AT TIME ZONE exchange.time_zone, TRUE, FALSE
    FROM touched
    CROSS JOIN LATERAL (
        SELECT raw.*
        FROM ops.raw_quote AS raw
        WHERE raw.symbol = touched.symbol AND raw.quote_time = touched.quote_time
        OFFSET 0 -- keeps the planner to the index, snapshot by snapshot
    ) AS stored
    INNER JOIN fo.instrument AS instrument ON touched.symbol = instrument.symbol
    INNER JOIN fo.exchange AS exchange ON instrument.exchange = exchange.exchange
    -- NOT IN, because it is hashed whatever the planner believes of its size.
    WHERE (stored.symbol, stored.expiry, stored.strike, stored.quote_time) NOT IN (
            SELECT quote.symbol, quote.expiry, quote.strike, quote.quote_time
            FROM pg_temp.batch_quote AS quote
        );
    ANALYZE pg_temp.batch_quote (symbol, expiry, strike, quote_time);
END;
$$;
