-- Store the rows of pg_temp.archived_quote as they were archived; those that are there stay.
CREATE FUNCTION ops.restore_quotes() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM ops.tell_change('data');
    INSERT INTO fo.option_quote (/*columns option_quote*/)
    SELECT /*columns option_quote of came*/
    FROM pg_temp.archived_quote AS came
    ON CONFLICT (symbol, expiry, strike, quote_time) DO NOTHING;
    INSERT INTO fo.quote_dropout (
        symbol, expiry, strike, quote_time, leg, ltp, bid, ask, bid_qty, ask_qty, volume, oi,
        prev_oi, iv, delta, gamma, theta, vega
    )
    SELECT
        came.symbol, came.expiry, came.strike, came.quote_time, leg.leg, leg.ltp, leg.bid, leg.ask,
        leg.bid_qty, leg.ask_qty, leg.volume, leg.oi, leg.prev_oi, leg.iv, leg.delta, leg.gamma,
        leg.theta, leg.vega
    FROM pg_temp.archived_quote AS came
    CROSS JOIN
        LATERAL (
            VALUES
            (
                'call', came.call_said_ltp, came.call_said_bid, came.call_said_ask,
                came.call_said_bid_qty, came.call_said_ask_qty, came.call_said_volume,
                came.call_said_oi, came.call_said_prev_oi, came.call_said_iv,
                came.call_said_delta, came.call_said_gamma, came.call_said_theta,
                came.call_said_vega
            ),
            (
                'put', came.put_said_ltp, came.put_said_bid, came.put_said_ask,
                came.put_said_bid_qty, came.put_said_ask_qty, came.put_said_volume,
                came.put_said_oi, came.put_said_prev_oi, came.put_said_iv,
                came.put_said_delta, came.put_said_gamma, came.put_said_theta,
                came.put_said_vega
            )
        ) AS leg (
            leg, ltp, bid, ask, bid_qty, ask_qty, volume, oi, prev_oi, iv, delta, gamma, theta,
            vega
        )
    WHERE leg.volume IS NOT NULL
    ON CONFLICT (symbol, expiry, strike, quote_time, leg) DO NOTHING;
    INSERT INTO fo.underlying_quote (
        quote_time, symbol, underlying, underlying_source, in_session, session, fed_underlying,
        implied_spot, fed_by_expiry, is_whole
    )
    SELECT DISTINCT ON (came.quote_time)
        came.quote_time, came.symbol, came.moment_underlying, came.moment_underlying_source,
        came.moment_in_session, came.moment_session, came.moment_fed_underlying,
        came.moment_implied_spot, came.moment_fed_by_expiry, came.moment_is_whole
    FROM pg_temp.archived_quote AS came
    WHERE came.moment_in_session IS NOT NULL
    ORDER BY came.quote_time
    ON CONFLICT (symbol, quote_time) DO NOTHING;
END;
$$;
