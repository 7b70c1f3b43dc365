-- Add the new rows of the batch to fo.option_quote.
CREATE FUNCTION ops.write_batch() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO fo.option_quote (
        quote_time, exchange_time, symbol, expiry, strike, underlying, underlying_source, forward, forward_source,
        strike_gap, moneyness_level, call_moneyness, put_moneyness, call_ltp, call_bid,
        call_ask, call_bid_qty, call_ask_qty, call_volume, call_oi, call_iv, call_iv_status, call_delta,
        call_gamma, call_theta, call_vega, call_fed, call_volume_growth, call_oi_growth, call_dropout,
        put_ltp, put_bid, put_ask, put_bid_qty, put_ask_qty, put_volume, put_oi, put_iv, put_iv_status,
        put_delta, put_gamma, put_theta, put_vega, put_fed, put_volume_growth, put_oi_growth,
        put_dropout, session, in_session
    )
    SELECT
        final.quote_time, final.exchange_time, final.symbol, final.expiry, final.strike,
        final.underlying, final.underlying_source, final.forward, final.forward_source, final.strike_gap, final.moneyness_level,
        final.call_moneyness, final.put_moneyness, final.call_ltp, final.call_bid,
        final.call_ask, final.call_bid_qty, final.call_ask_qty, final.call_volume,
        final.call_oi, final.call_iv, final.call_iv_status, final.call_delta, final.call_gamma, final.call_theta,
        final.call_vega, final.call_fed, final.call_volume_growth, final.call_oi_growth, final.call_dropout,
        final.put_ltp, final.put_bid, final.put_ask, final.put_bid_qty, final.put_ask_qty,
        final.put_volume, final.put_oi, final.put_iv, final.put_iv_status, final.put_delta, final.put_gamma,
        final.put_theta, final.put_vega, final.put_fed, final.put_volume_growth, final.put_oi_growth,
        final.put_dropout, final.session, final.in_session
    FROM pg_temp.batch_final AS final
    WHERE final.arrival = 'new';
    INSERT INTO pg_temp.batch_written (symbol, expiry, strike, quote_time, in_session)
    SELECT contract.symbol, contract.expiry, contract.strike, quote.quote_time, chain.in_session
    FROM pg_temp.batch_quote AS quote
    INNER JOIN pg_temp.batch_chain AS chain ON quote.chain = chain.chain
    INNER JOIN pg_temp.batch_contract AS contract ON quote.contract = contract.contract
    WHERE quote.arrival = 'new';
END;
$$;
