-- 5-minute bars of the underlying in the session of an instant, as they were known then.
--
-- In order of time: what was over at p_at (NULL: now) as it is stored, and what came since by its
-- quotes, so that the last one may be unfinished.
CREATE FUNCTION ops.session_bars(p_symbol text, p_at timestamptz) RETURNS TABLE (
    bucket_time timestamptz,
    high double precision,
    low double precision,
    close double precision
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_width constant interval := '5 minutes';
    v_at timestamptz := coalesce(
        p_at,
        (
            SELECT instrument.clock
            FROM fo.instrument AS instrument
            WHERE instrument.symbol = p_symbol
        )
    );
    v_session timestamptz := ops.session_at(p_symbol, p_at);
    v_since timestamptz := (
        SELECT max(bar.bucket_time) + c_width
        FROM fo.underlying_bars_5min AS bar
        WHERE bar.symbol = p_symbol
            AND bar.bucket_time >= v_session
            AND bar.bucket_time <= v_at - c_width
    );
BEGIN
    RETURN QUERY
    SELECT bar.bucket_time, bar.high, bar.low, bar.close
    FROM fo.underlying_bars_5min AS bar
    WHERE bar.symbol = p_symbol AND bar.bucket_time >= v_session AND bar.bucket_time < v_since
    UNION ALL
    SELECT
        date_bin(c_width, quote.quote_time, v_session),
        max(quote.underlying),
        min(quote.underlying),
        (array_agg(quote.underlying ORDER BY quote.quote_time DESC))[1]
    FROM fo.underlying_quote AS quote
    WHERE
        quote.symbol = p_symbol
        AND quote.quote_time >= coalesce(v_since, v_session)
        AND quote.quote_time <= v_at
        AND quote.in_session
        AND quote.underlying IS NOT NULL
    GROUP BY 1
    ORDER BY 1;
END;
$$;
