-- With what open interest a contract's legs began the session of a daily bar.
--
-- It is the bar's OI without the bar's change, whenever the bar was refreshed. Plain SQL, so that
-- it is inlined: one step into the index. NULL where the bar does not know a leg's OI.
CREATE FUNCTION ops.opening_oi(
    p_symbol text, p_expiry date, p_strike double precision, p_bucket_time timestamptz
) RETURNS TABLE (call_oi bigint, put_oi bigint)
LANGUAGE sql STABLE AS $$
SELECT bar.call_oi - bar.call_oi_change, bar.put_oi - bar.put_oi_change
FROM fo.option_strike_bars_1d AS bar
WHERE
    bar.symbol = p_symbol
    AND bar.expiry = p_expiry
    AND bar.strike = p_strike
    AND bar.bucket_time = p_bucket_time
LIMIT 1;
$$;
