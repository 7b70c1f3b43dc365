-- The statistics of a contract's last sessions that began before an instant.
--
-- One row, from at most p_sessions daily bars: one range of their index. call_sessions counts those
-- in which OI or volume of the leg was known. Plain SQL, so that it is inlined; both legs side by
-- side, because a GROUP BY for each contract costs twice as much.
CREATE FUNCTION ops.contract_past(
    p_symbol text,
    p_expiry date,
    p_strike double precision,
    p_before timestamptz,
    p_sessions integer
) RETURNS TABLE (
    call_sessions bigint,
    call_oi ops.spread,
    call_oi_change ops.spread,
    call_volume ops.spread,
    call_volume_to_oi ops.spread,
    put_sessions bigint,
    put_oi ops.spread,
    put_oi_change ops.spread,
    put_volume ops.spread,
    put_volume_to_oi ops.spread
)
LANGUAGE sql STABLE AS $$
SELECT
    count(coalesce(day.call_oi, day.call_volume)),
    ROW(count(day.call_oi), avg(day.call_oi), stddev_samp(day.call_oi))::ops.spread,
    ROW(
        count(day.call_oi_change), avg(day.call_oi_change), stddev_samp(day.call_oi_change)
    )::ops.spread,
    ROW(count(day.call_volume), avg(day.call_volume), stddev_samp(day.call_volume))::ops.spread,
    ROW(
        count(day.call_volume_to_oi), avg(day.call_volume_to_oi),
        stddev_samp(day.call_volume_to_oi)
    )::ops.spread,
    count(coalesce(day.put_oi, day.put_volume)),
    ROW(count(day.put_oi), avg(day.put_oi), stddev_samp(day.put_oi))::ops.spread,
    ROW(
        count(day.put_oi_change), avg(day.put_oi_change), stddev_samp(day.put_oi_change)
    )::ops.spread,
    ROW(count(day.put_volume), avg(day.put_volume), stddev_samp(day.put_volume))::ops.spread,
    ROW(
        count(day.put_volume_to_oi), avg(day.put_volume_to_oi), stddev_samp(day.put_volume_to_oi)
    )::ops.spread
FROM (
    SELECT
        bar.call_oi::double precision AS call_oi,
        bar.call_oi_change::double precision AS call_oi_change,
        bar.call_volume::double precision AS call_volume,
        bar.call_volume / nullif(bar.call_oi, 0)::double precision AS call_volume_to_oi,
        bar.put_oi::double precision AS put_oi,
        bar.put_oi_change::double precision AS put_oi_change,
        bar.put_volume::double precision AS put_volume,
        bar.put_volume / nullif(bar.put_oi, 0)::double precision AS put_volume_to_oi
    FROM fo.option_strike_bars_1d AS bar
    WHERE
        bar.symbol = p_symbol
        AND bar.expiry = p_expiry
        AND bar.strike = p_strike
        AND bar.bucket_time < p_before
    ORDER BY bar.bucket_time DESC
    LIMIT p_sessions
) AS day;
$$;
