-- Any figure of the expiry metrics over time.
CREATE FUNCTION analytics.expiry_series(
    p_symbol text,
    p_indicator text,
    p_expiries date[] DEFAULT NULL,
    p_timeframe text DEFAULT '5min',
    p_from timestamptz DEFAULT NULL,
    p_to timestamptz DEFAULT NULL
) RETURNS TABLE (
    expiry date,
    bucket_time timestamptz,
    value double precision
)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, NULL, FALSE, 'metrics');
    PERFORM ops.check_known(
        'indicator', p_indicator,
        ARRAY(
            SELECT attribute.attname
            FROM pg_catalog.pg_attribute AS attribute
            WHERE
                attribute.attrelid = 'fo.expiry_metrics'::regclass
                AND attribute.atttypid IN ('double precision'::regtype, 'bigint'::regtype)
            ORDER BY attribute.attnum
        )
    );
    RETURN QUERY EXECUTE format(
        'SELECT series.expiry, series.bucket_time, series.%I::double precision'
        ' FROM ops.metrics_series($1, $2, $3, $4, $5) AS series',
        p_indicator
    ) USING p_symbol, p_expiries, p_timeframe, p_from, p_to;
END;
$$;

COMMENT ON FUNCTION analytics.expiry_series IS
'One figure of fo.expiry_metrics over time, by the name of its column (pcr_oi, atm_iv, net_gex '
'...): one row per expiry and bucket, in order, with what it was at the last quote in the bucket. '
'p_timeframe is 1min, 5min, 15min, 1h or 1d (a session). p_expiries NULL means the live ones; '
'the window is of buckets that begin at p_from or later and before p_to, by default the newest '
'session. Unknown is NULL. Words that are not known raise 22023, and name the known ones.';
