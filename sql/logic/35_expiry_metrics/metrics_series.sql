-- The rows of a symbol's expiry metrics that begin in a window, p_from to before p_to.
--
-- The one place where a series of them is read; refuses what is not known. In order of expiry and
-- time. p_expiries NULL means the live ones, p_from NULL the newest session. What is read is
-- what is answered, whatever the history: see analytics.moneyness_series.
CREATE FUNCTION ops.metrics_series(
    p_symbol text, p_expiries date[], p_timeframe text, p_from timestamptz, p_to timestamptz
) RETURNS SETOF fo.expiry_metrics
LANGUAGE plpgsql STABLE SET random_page_cost = 0 SET seq_page_cost = 0 AS $$
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, NULL, FALSE, 'metrics');
    PERFORM ops.check_known_expiries(p_symbol, p_expiries, FALSE);
    PERFORM ops.check_known('timeframe', p_timeframe, ops.timeframes_of('expiry_series'));
    RETURN QUERY EXECUTE format(
        $sql$
        SELECT series.* FROM fo.%I AS series
        WHERE series.symbol = $1 AND series.expiry = ANY($2)
            AND series.bucket_time >= $3 AND series.bucket_time < $4
        ORDER BY series.expiry, series.bucket_time
        $sql$,
        'expiry_metrics' || CASE WHEN p_timeframe <> '1min' THEN '_' || p_timeframe ELSE '' END
    ) USING
        p_symbol,
        coalesce(p_expiries, ops.known_expiries(p_symbol)),
        coalesce(p_from, ops.known_session(p_symbol)),
        coalesce(p_to, 'infinity');
END;
$$;
