-- Keep in fo.quote_dropout all that the drop-outs of pg_temp.batch_kept_leg had said.
CREATE FUNCTION ops.keep_whole_legs() RETURNS void
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
BEGIN
    INSERT INTO fo.quote_dropout (
        symbol, expiry, strike, quote_time, leg,
        ltp, bid, ask, bid_qty, ask_qty, volume, oi, prev_oi, iv, delta, gamma, theta, vega
    )
    SELECT
        listed.symbol, listed.expiry, listed.strike, kept.quote_time, kept.leg,
        nullif(leg.ltp, 'NaN'), nullif(leg.bid, 'NaN'), nullif(leg.ask, 'NaN'),
        nullif(leg.bid_qty, -9223372036854775808), nullif(leg.ask_qty, -9223372036854775808),
        kept.said, nullif(leg.oi, -9223372036854775808),
        nullif(leg.prev_oi, -9223372036854775808), nullif(leg.iv, 'NaN'),
        nullif(leg.delta, 'NaN'), nullif(leg.gamma, 'NaN'), nullif(leg.theta, 'NaN'),
        nullif(leg.vega, 'NaN')
    FROM pg_temp.batch_kept_leg AS kept
    INNER JOIN pg_temp.batch_contract AS listed ON kept.contract = listed.contract
    INNER JOIN pg_temp.quote_batch AS raw ON kept.row_no = raw.row_no
    CROSS JOIN
        LATERAL (
            VALUES
            (
                'call', raw.call_ltp, raw.call_bid, raw.call_ask, raw.call_bid_qty,
                raw.call_ask_qty, raw.call_oi, raw.call_prev_oi, raw.call_iv, raw.call_delta,
                raw.call_gamma, raw.call_theta, raw.call_vega
            ),
            (
                'put', raw.put_ltp, raw.put_bid, raw.put_ask, raw.put_bid_qty,
                raw.put_ask_qty, raw.put_oi, raw.put_prev_oi, raw.put_iv, raw.put_delta,
                raw.put_gamma, raw.put_theta, raw.put_vega
            )
        ) AS leg (
            leg, ltp, bid, ask, bid_qty, ask_qty, oi, prev_oi, iv, delta, gamma, theta, vega
        )
    WHERE kept.dropout AND leg.leg = kept.leg;
END;
$$;
