-- The figures of one expiry's chain, or of every one's, now or as they were at an instant.
CREATE FUNCTION analytics.expiry_metrics(
    p_symbol text, p_expiry date DEFAULT NULL, p_at timestamptz DEFAULT NULL
) RETURNS SETOF fo.expiry_metrics
LANGUAGE plpgsql STABLE AS $$
BEGIN
    PERFORM ops.check_known_expiry(p_symbol, p_expiry, p_at IS NULL);
    PERFORM ops.check_above_floor(p_symbol, p_at);
    RETURN QUERY
    SELECT metrics.*
    FROM ops.measure_chains(
        p_symbol,
        CASE WHEN p_expiry IS NOT NULL THEN ARRAY[p_expiry] END,
        CASE WHEN p_at IS NOT NULL THEN ARRAY[p_at] END
    ) AS metrics;
END;
$$;

COMMENT ON FUNCTION analytics.expiry_metrics IS
'All figures of an expiry''s chain in one row: those of analytics.atm, pcr, max_pain, oi_levels, '
'skew and exposure_levels, which say what they are. One row per expiry, p_expiry NULL means every '
'live expiry. p_at NULL: the latest snapshot; else as known at that instant. fo.expiry_metrics '
'keeps them as a series by the minute.';
