-- Overwrite the stored quotes that the batch corrects or changes the derivation of.
--
-- First those of pg_temp.batch_final, whole; then those later ones of the same contracts and
-- sessions of which only the growth changed. Rows that come out as they are stay untouched.
CREATE FUNCTION ops.repair_stored() RETURNS void
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    WITH repaired AS (
        UPDATE fo.option_quote AS stored
        SET
            exchange_time = final.exchange_time,
            underlying = final.underlying,
            underlying_source = final.underlying_source,
            strike_gap = final.strike_gap,
            moneyness_level = final.moneyness_level,
            call_moneyness = final.call_moneyness,
            put_moneyness = final.put_moneyness,
            call_ltp = final.call_ltp,
            call_bid = final.call_bid,
            call_ask = final.call_ask,
            call_bid_qty = final.call_bid_qty,
            call_ask_qty = final.call_ask_qty,
            call_volume = final.call_volume,
            call_oi = final.call_oi,
            call_iv = final.call_iv,
            call_delta = final.call_delta,
            call_gamma = final.call_gamma,
            call_theta = final.call_theta,
            call_vega = final.call_vega,
            call_volume_growth = final.call_volume_growth,
            call_oi_growth = final.call_oi_growth,
            call_dropout = final.call_dropout,
            put_ltp = final.put_ltp,
            put_bid = final.put_bid,
            put_ask = final.put_ask,
            put_bid_qty = final.put_bid_qty,
            put_ask_qty = final.put_ask_qty,
            put_volume = final.put_volume,
            put_oi = final.put_oi,
            put_iv = final.put_iv,
            put_delta = final.put_delta,
            put_gamma = final.put_gamma,
            put_theta = final.put_theta,
            put_vega = final.put_vega,
            put_volume_growth = final.put_volume_growth,
            put_oi_growth = final.put_oi_growth,
            put_dropout = final.put_dropout,
            session = final.session,
            in_session = final.in_session
        FROM pg_temp.batch_final AS final
        WHERE final.arrival <> 'new'
            AND stored.symbol = final.symbol
            AND stored.expiry = final.expiry
            AND stored.strike = final.strike
            AND stored.quote_time = final.quote_time
            AND (
                stored.exchange_time, stored.underlying, stored.underlying_source,
                stored.strike_gap, stored.moneyness_level, stored.call_moneyness,
                stored.put_moneyness, stored.call_ltp, stored.call_bid, stored.call_ask,
                stored.call_bid_qty, stored.call_ask_qty, stored.call_volume, stored.call_oi,
                stored.call_iv, stored.call_delta, stored.call_gamma, stored.call_theta,
                stored.call_vega, stored.call_volume_growth, stored.call_oi_growth,
                stored.call_dropout, stored.put_ltp, stored.put_bid, stored.put_ask,
                stored.put_bid_qty, stored.put_ask_qty, stored.put_volume, stored.put_oi,
                stored.put_iv, stored.put_delta, stored.put_gamma, stored.put_theta,
                stored.put_vega, stored.put_volume_growth, stored.put_oi_growth,
                stored.put_dropout, stored.session, stored.in_session
            ) IS DISTINCT FROM (
                final.exchange_time, final.underlying, final.underlying_source,
                final.strike_gap, final.moneyness_level, final.call_moneyness,
                final.put_moneyness, final.call_ltp, final.call_bid, final.call_ask,
                final.call_bid_qty, final.call_ask_qty, final.call_volume, final.call_oi,
                final.call_iv, final.call_delta, final.call_gamma, final.call_theta,
                final.call_vega, final.call_volume_growth, final.call_oi_growth,
                final.call_dropout, final.put_ltp, final.put_bid, final.put_ask,
                final.put_bid_qty, final.put_ask_qty, final.put_volume, final.put_oi,
                final.put_iv, final.put_delta, final.put_gamma, final.put_theta, final.put_vega,
                final.put_volume_growth, final.put_oi_growth, final.put_dropout, final.session,
                final.in_session
            )
        RETURNING stored.symbol, stored.expiry, stored.strike, stored.quote_time, stored.in_session
    )
    INSERT INTO pg_temp.batch_written
    SELECT repaired.symbol, repaired.expiry, repaired.strike, repaired.quote_time, repaired.in_session
    FROM repaired;

    WITH regrown AS (
        UPDATE fo.option_quote AS stored
        SET
            call_volume_growth = growth.call_volume_growth,
            put_volume_growth = growth.put_volume_growth,
            call_oi_growth = growth.call_oi_growth,
            put_oi_growth = growth.put_oi_growth
        FROM pg_temp.batch_growth AS growth
        WHERE growth.is_stored
            AND stored.symbol = growth.symbol
            AND stored.expiry = growth.expiry
            AND stored.strike = growth.strike
            AND stored.quote_time = growth.quote_time
            AND (
                stored.call_volume_growth, stored.put_volume_growth,
                stored.call_oi_growth, stored.put_oi_growth
            ) IS DISTINCT FROM (
                growth.call_volume_growth, growth.put_volume_growth,
                growth.call_oi_growth, growth.put_oi_growth
            )
        RETURNING stored.symbol, stored.expiry, stored.strike, stored.quote_time, stored.in_session
    )
    INSERT INTO pg_temp.batch_written
    SELECT regrown.symbol, regrown.expiry, regrown.strike, regrown.quote_time, regrown.in_session
    FROM regrown;
END;
$$;
