-- The newest bars of a ticker that have a price, in a window, the newest first.
--
-- At most p_limit, of those at p_from or later and before p_to; a bound of NULL is none. The time
-- of a daily bar is the midnight, in UTC, of its session's date: so TradingView wants it. What is
-- read is what is answered, whatever the history: see ops.option_bars.
CREATE FUNCTION ops.udf_bars(
    p_ticker text, p_timeframe text, p_from timestamptz, p_to timestamptz, p_limit integer
) RETURNS TABLE (
    bar_time timestamptz,
    open double precision,
    high double precision,
    low double precision,
    close double precision,
    volume bigint
)
LANGUAGE plpgsql STABLE SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
DECLARE
    v_parts record := ops.udf_parts(p_ticker);
    v_shift interval := CASE p_timeframe
        WHEN '1d' THEN timestamptz '2000-01-01 00:00:00Z' - ops.session_from('2000-01-01')
        ELSE interval '0'
    END;
BEGIN
    RETURN QUERY EXECUTE format(
        $sql$
        WITH life AS MATERIALIZED (
            SELECT each.expiry, each.expires_at, (
                SELECT min(day.bucket_time) FROM fo.expiry_metrics_1d AS day
                WHERE day.symbol = each.symbol AND day.expiry = each.expiry
            ) AS since
            FROM fo.expiry AS each
            WHERE each.symbol = $1
        )

        SELECT
            source.bucket_time + $3, source.open, source.high, source.low, source.close,
            source.volume
        FROM (%s) AS source
        WHERE
            source.close IS NOT NULL AND source.bucket_time >= $4 AND source.bucket_time < $5
        ORDER BY source.bucket_time DESC
        LIMIT $6
        $sql$,
        ops.udf_source(p_ticker, p_timeframe)
    ) USING
        v_parts.symbol, v_parts.expiry, v_shift,
        coalesce(p_from, '-infinity') - v_shift, coalesce(p_to, 'infinity') - v_shift, p_limit;
END;
$$;
