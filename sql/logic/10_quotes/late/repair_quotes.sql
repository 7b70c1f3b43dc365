-- Overwrite the stored quotes that pg_temp.batch_repair has, where anything changes.
--
-- One by one by the primary key, whatever the planner knows of a young day.
CREATE FUNCTION ops.repair_quotes(p_from timestamptz, p_to timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE
SET plan_cache_mode = force_custom_plan
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
BEGIN
    WITH repaired AS (
        UPDATE fo.option_quote AS stored
        SET (
                exchange_time, underlying, underlying_source, forward, forward_source, strike_gap, moneyness_level,
                call_moneyness, put_moneyness, call_ltp, call_bid, call_ask, call_bid_qty,
                call_ask_qty, call_volume, call_oi, call_iv, call_iv_status, call_delta, call_gamma, call_theta,
                call_vega, call_fed, call_volume_growth, call_oi_growth, call_dropout, put_ltp, put_bid,
                put_ask, put_bid_qty, put_ask_qty, put_volume, put_oi, put_iv, put_iv_status, put_delta,
                put_gamma, put_theta, put_vega, put_fed, put_volume_growth, put_oi_growth, put_dropout
        ) = ROW(
                final.exchange_time, final.underlying, final.underlying_source, final.forward, final.forward_source, final.strike_gap,
                final.moneyness_level, final.call_moneyness, final.put_moneyness, final.call_ltp,
                final.call_bid, final.call_ask, final.call_bid_qty, final.call_ask_qty,
                final.call_volume, final.call_oi, final.call_iv, final.call_iv_status, final.call_delta,
                final.call_gamma, final.call_theta, final.call_vega, final.call_fed, final.call_volume_growth,
                final.call_oi_growth, final.call_dropout, final.put_ltp, final.put_bid,
                final.put_ask, final.put_bid_qty, final.put_ask_qty, final.put_volume,
                final.put_oi, final.put_iv, final.put_iv_status, final.put_delta, final.put_gamma, final.put_theta,
                final.put_vega, final.put_fed, final.put_volume_growth, final.put_oi_growth, final.put_dropout
        )
        FROM pg_temp.batch_repair AS final
        WHERE stored.symbol = final.symbol
            AND stored.expiry = final.expiry
            AND stored.strike = final.strike
            AND stored.quote_time = final.quote_time
            AND stored.quote_time BETWEEN p_from AND p_to
            AND (
                stored.exchange_time, stored.underlying, stored.underlying_source, stored.forward, stored.forward_source,
                stored.strike_gap, stored.moneyness_level, stored.call_moneyness,
                stored.put_moneyness, stored.call_ltp, stored.call_bid, stored.call_ask,
                stored.call_bid_qty, stored.call_ask_qty, stored.call_volume, stored.call_oi,
                stored.call_iv, stored.call_iv_status, stored.call_delta, stored.call_gamma, stored.call_theta,
                stored.call_vega, stored.call_fed, stored.call_volume_growth, stored.call_oi_growth,
                stored.call_dropout, stored.put_ltp, stored.put_bid, stored.put_ask,
                stored.put_bid_qty, stored.put_ask_qty, stored.put_volume, stored.put_oi,
                stored.put_iv, stored.put_iv_status, stored.put_delta, stored.put_gamma, stored.put_theta,
                stored.put_vega, stored.put_fed, stored.put_volume_growth, stored.put_oi_growth,
                stored.put_dropout
            ) IS DISTINCT FROM (
                final.exchange_time, final.underlying, final.underlying_source, final.forward, final.forward_source, final.strike_gap,
                final.moneyness_level, final.call_moneyness, final.put_moneyness, final.call_ltp,
                final.call_bid, final.call_ask, final.call_bid_qty, final.call_ask_qty,
                final.call_volume, final.call_oi, final.call_iv, final.call_iv_status, final.call_delta,
                final.call_gamma, final.call_theta, final.call_vega, final.call_fed, final.call_volume_growth,
                final.call_oi_growth, final.call_dropout, final.put_ltp, final.put_bid,
                final.put_ask, final.put_bid_qty, final.put_ask_qty, final.put_volume,
                final.put_oi, final.put_iv, final.put_iv_status, final.put_delta, final.put_gamma, final.put_theta,
                final.put_vega, final.put_fed, final.put_volume_growth, final.put_oi_growth, final.put_dropout
            )
        RETURNING stored.symbol, stored.expiry, stored.strike, stored.quote_time, stored.in_session
    )
    INSERT INTO pg_temp.batch_written (symbol, expiry, strike, quote_time, in_session)
    SELECT
        repaired.symbol, repaired.expiry, repaired.strike, repaired.quote_time,
        repaired.in_session
    FROM repaired;
END;
$$;
