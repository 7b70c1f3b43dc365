-- Where the IV of 30 days stands among those at which the sessions before it ended.
CREATE FUNCTION analytics.iv_rank(
    p_symbol text, p_at timestamptz DEFAULT NULL, p_sessions integer DEFAULT 252
) RETURNS TABLE (
    iv double precision,
    low double precision,
    high double precision,
    iv_rank double precision,
    iv_percentile double precision,
    sessions integer
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_days constant integer := 30;
    v_session timestamptz := ops.session_at(p_symbol, p_at);
    v_since timestamptz;
BEGIN
    PERFORM ops.check_readable_topic('metrics');
    PERFORM ops.check_known_expiry(p_symbol, NULL, FALSE);
    PERFORM ops.check_count('sessions', p_sessions, 1, 2520);
    v_since := (
        SELECT min(earlier.bucket_time)
        FROM (
            SELECT bar.bucket_time
            FROM fo.underlying_bars_1d AS bar
            WHERE bar.symbol = p_symbol AND bar.bucket_time < v_session
            ORDER BY bar.bucket_time DESC
            LIMIT p_sessions
        ) AS earlier
    );
    RETURN QUERY
    SELECT
        now.iv, past.low, past.high,
        (now.iv - past.low) / nullif(past.high - past.low, 0),
        CASE WHEN now.iv IS NOT NULL THEN past.lower / nullif(past.sessions, 0) END,
        past.sessions::integer
    FROM analytics.constant_maturity_iv(p_symbol, p_at, c_days) AS now
    CROSS JOIN LATERAL (
        SELECT
            min(closing.iv) AS low,
            max(closing.iv) AS high,
            count(*) AS sessions,
            count(*) FILTER (WHERE closing.iv < now.iv)::double precision AS lower
        FROM ops.closing_ivs(p_symbol, v_since, v_session, c_days) AS closing
    ) AS past;
END;
$$;

COMMENT ON FUNCTION analytics.iv_rank IS
'Today''s IV against its past: iv is that of analytics.constant_maturity_iv at 30 days, low and '
'high are the least and the largest of its values at the end of each of the p_sessions sessions '
'before the current one (fo.expiry_metrics_1d), and sessions says how many of these had one. '
'iv_rank = (iv - low) / (high - low): below 0 or above 1 where today is outside of that range, '
'NULL where high = low. iv_percentile is the share of those sessions with a lower value, 0 to 1. '
'Both are NULL where there is none. Sessions are those of fo.underlying_bars_1d. No chain, no row.';
