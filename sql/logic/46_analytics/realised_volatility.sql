-- How much the underlying has moved, as a volatility, against what options had implied.
CREATE FUNCTION analytics.realised_volatility(
    p_symbol text, p_at timestamptz DEFAULT NULL, p_sessions integer DEFAULT 20
) RETURNS TABLE (
    since timestamptz,
    returns integer,
    realised double precision,
    parkinson double precision,
    implied_then double precision,
    premium_then double precision,
    implied double precision,
    premium double precision,
    intraday double precision
)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    c_days constant integer := 30;
    c_sessions_per_year constant double precision := 252;
    v_session timestamptz := ops.session_at(p_symbol, p_at);
BEGIN
    PERFORM ops.check_readable_topic('metrics');
    PERFORM ops.check_known_expiry(p_symbol, NULL, FALSE);
    PERFORM ops.check_count('sessions', p_sessions, 2, 2520);
    RETURN QUERY
    WITH day AS (
        SELECT day.*, lag(day.close) OVER (ORDER BY day.bucket_time) AS close_before
        FROM ops.daily_bars(p_symbol, p_at, p_sessions + 1) AS day
    ),

    moved AS (
        SELECT
            min(day.bucket_time) AS since,
            count(day.close_before)::integer AS returns,
            sqrt(c_sessions_per_year * avg(ln(day.close / day.close_before) ^ 2)) AS realised,
            sqrt(
                c_sessions_per_year * avg(ln(day.high / day.low) ^ 2)
                FILTER (WHERE day.close_before IS NOT NULL) / (4 * ln(2))
            ) AS parkinson
        FROM day
    )

    SELECT
        ops.session_start(p_symbol, moved.since), moved.returns, known.realised, known.parkinson,
        past.iv, past.iv - known.realised, now.iv, now.iv - known.realised,
        ops.session_volatility(p_symbol, p_at)
    FROM moved
    CROSS JOIN
        LATERAL (
            SELECT
                CASE WHEN moved.returns >= 2 THEN moved.realised END AS realised,
                CASE WHEN moved.returns >= 2 THEN moved.parkinson END AS parkinson
        ) AS known
    LEFT JOIN analytics.constant_maturity_iv(p_symbol, p_at, c_days) AS now ON TRUE
    LEFT JOIN LATERAL ops.closing_ivs(
        p_symbol, moved.since, moved.since + interval '1 day', c_days
    ) AS past ON moved.since < v_session
    WHERE moved.since IS NOT NULL;
END;
$$;

COMMENT ON FUNCTION analytics.realised_volatility IS
'Realised volatility, a decimal per year: sqrt(252 * the mean of the squared log returns), from '
'close to close over p_sessions sessions, of which the last is the current one with its price so '
'far. The mean return is not subtracted, as in a variance swap (Demeterfi et al., 1999). parkinson '
'is sqrt(252 * the mean of ln(high / low)^2 / (4 ln 2)) over the same sessions (Parkinson, 1980). '
'since is the session whose close the first return counts from, returns how many there are; with '
'fewer than 2 both are NULL. implied_then is the 30-day IV (analytics.constant_maturity_iv) at '
'that close, implied the one of now; premium_then and premium are these less realised. intraday is '
'that of the current session alone, from 5-minute closes: the sum of squared log returns per '
'bucket that passed, times the buckets of a session (75 of NSE), times 252; NULL with fewer than 2 '
'returns; the jump at the opening is not in it. Before the first quote there is no row.';
