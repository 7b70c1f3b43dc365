-- The bodies of the metrics events of a window of fo.expiry_metrics: its newest rows.
--
-- One row per expiry; none where the window ends before the symbol's newest quote of a session: the
-- stream sends the present, and past metrics are read by a query.
CREATE FUNCTION ops.metrics_body(
    p_symbol text, p_from timestamptz, p_to timestamptz
) RETURNS TABLE (expiry date, body text)
LANGUAGE plpgsql STABLE SET timezone = 'UTC' AS $$
BEGIN
    RETURN QUERY
    SELECT metrics.expiry, '{"topic":"metrics",' || substr(to_json(metrics)::text, 2)
    FROM fo.expiry_metrics AS metrics
    WHERE
        metrics.symbol = p_symbol
        AND metrics.bucket_time >= p_from
        AND metrics.bucket_time < p_to
        AND metrics.as_of = (
            SELECT max(moment.quote_time)
            FROM fo.underlying_quote AS moment
            WHERE moment.symbol = p_symbol AND moment.in_session
        )
    ORDER BY metrics.expiry;
END;
$$;
