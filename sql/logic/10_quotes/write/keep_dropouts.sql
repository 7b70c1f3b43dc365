-- Keep in fo.quote_dropout what the drop-outs of the batch had said, and forget what is none.
--
-- In pg_temp.quote_batch such a leg is unknown from now on. Returns how many legs more are
-- drop-outs than before the batch.
CREATE FUNCTION ops.keep_dropouts() RETURNS bigint
LANGUAGE plpgsql VOLATILE SET enable_nestloop = off SET enable_mergejoin = off AS $$
DECLARE
    v_kept bigint;
    v_forgotten bigint;
BEGIN
    IF NOT EXISTS (
            SELECT
            FROM pg_temp.batch_quote AS quote
            WHERE quote.call_dropout OR quote.put_dropout
                OR quote.was_call_dropout OR quote.was_put_dropout
        ) THEN
        RETURN 0;
    END IF;
    DELETE FROM fo.quote_dropout AS kept
    USING pg_temp.batch_quote AS quote
    INNER JOIN pg_temp.quote_batch AS raw ON quote.row_no = raw.row_no -- noqa: PRS
    INNER JOIN pg_temp.batch_market AS market ON raw.symbol = market.symbol_no -- noqa: PRS
    WHERE (quote.was_call_dropout OR quote.was_put_dropout)
        AND kept.symbol = market.symbol
        AND kept.expiry = raw.expiry
        AND kept.strike = raw.strike
        AND kept.quote_time = raw.quote_time;
    GET DIAGNOSTICS v_forgotten = ROW_COUNT;
    INSERT INTO fo.quote_dropout (
        symbol, expiry, strike, quote_time, leg,
        ltp, bid, ask, bid_qty, ask_qty, volume, oi, prev_oi, iv, delta, gamma, theta, vega
    )
    SELECT
        market.symbol, raw.expiry, raw.strike, raw.quote_time, leg.leg,
        nullif(leg.ltp, 'NaN'), nullif(leg.bid, 'NaN'), nullif(leg.ask, 'NaN'),
        nullif(leg.bid_qty, -9223372036854775808), nullif(leg.ask_qty, -9223372036854775808),
        leg.volume, nullif(leg.oi, -9223372036854775808),
        nullif(leg.prev_oi, -9223372036854775808), nullif(leg.iv, 'NaN'),
        nullif(leg.delta, 'NaN'), nullif(leg.gamma, 'NaN'), nullif(leg.theta, 'NaN'),
        nullif(leg.vega, 'NaN')
    FROM pg_temp.batch_quote AS quote
    INNER JOIN pg_temp.quote_batch AS raw ON quote.row_no = raw.row_no
    INNER JOIN pg_temp.batch_market AS market ON raw.symbol = market.symbol_no
    CROSS JOIN
        LATERAL (
            VALUES
            (
                'call', quote.call_dropout, raw.call_ltp, raw.call_bid, raw.call_ask,
                raw.call_bid_qty, raw.call_ask_qty, raw.call_volume, raw.call_oi,
                raw.call_prev_oi, raw.call_iv,
                raw.call_delta, raw.call_gamma, raw.call_theta, raw.call_vega
            ),
            (
                'put', quote.put_dropout, raw.put_ltp, raw.put_bid, raw.put_ask,
                raw.put_bid_qty, raw.put_ask_qty, raw.put_volume, raw.put_oi,
                raw.put_prev_oi, raw.put_iv,
                raw.put_delta, raw.put_gamma, raw.put_theta, raw.put_vega
            )
        )
            AS leg (
                leg, is_dropout, ltp, bid, ask, bid_qty, ask_qty, volume, oi,
                prev_oi, iv, delta, gamma, theta, vega
            )
    WHERE (quote.call_dropout OR quote.put_dropout) AND leg.is_dropout;
    GET DIAGNOSTICS v_kept = ROW_COUNT;
    PERFORM ops.blank_dropouts();
    RETURN v_kept - v_forgotten;
END;
$$;
