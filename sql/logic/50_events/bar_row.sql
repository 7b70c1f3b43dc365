-- The newest bar of every live contract of a symbol, in the form of chain events.
--
-- One row per (expiry, strike) of fo.latest_snapshot; p_timeframe is not live. strike_gap is that
-- of the chain's newest quote: bars have none.
CREATE FUNCTION ops.bar_row(p_symbol text, p_timeframe text)
RETURNS TABLE (head text, strike double precision, figures text)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $$
SELECT
    json_build_object(
        'topic', 'chain', 'symbol', bar.symbol, 'expiry', bar.expiry,
        'clock', instrument.clock, 'quote_time', bar.quote_time, 'underlying', bar.underlying,
        'strike_gap', gap.strike_gap, 'columns', ops.bar_columns()
    )::text,
    bar.strike,
    json_build_array(
        bar.strike, bar.moneyness_level, bar.quotes, bar.call_ltp, bar.call_open, bar.call_high,
        bar.call_low, bar.call_close, bar.call_bid, bar.call_ask, bar.call_volume, bar.call_oi,
        bar.call_iv, bar.call_oi_change, bar.put_ltp, bar.put_open, bar.put_high, bar.put_low,
        bar.put_close, bar.put_bid, bar.put_ask, bar.put_volume, bar.put_oi, bar.put_iv,
        bar.put_oi_change
    )::text
FROM fo.latest_snapshot AS bar
INNER JOIN fo.instrument AS instrument ON bar.symbol = instrument.symbol
LEFT JOIN (
    SELECT DISTINCT ON (live.expiry)
        live.expiry,
        live.strike_gap
    FROM fo.latest_snapshot AS live
    WHERE live.timeframe = 'live' AND live.symbol = p_symbol
    ORDER BY live.expiry ASC, live.quote_time DESC, live.strike ASC
) AS gap ON bar.expiry = gap.expiry
WHERE bar.timeframe = p_timeframe AND bar.symbol = p_symbol;
$$;
