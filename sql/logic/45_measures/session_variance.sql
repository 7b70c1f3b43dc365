-- The realised variance of the session of an instant, as if all of it went on like that.
--
-- The sum of squared log returns between 5-minute closes, per bucket that passed between the
-- first and the last (also one without a quote), times the buckets of a session. NULL with fewer
-- than 2 returns.
CREATE FUNCTION ops.session_variance(p_symbol text, p_at timestamptz) RETURNS double precision
LANGUAGE sql STABLE AS $$
WITH step AS (
    SELECT
        bar.bucket_time,
        ln(bar.close / lag(bar.close) OVER (ORDER BY bar.bucket_time)) AS log_return
    FROM ops.session_bars(p_symbol, p_at) AS bar
    WHERE bar.low > 0
)

SELECT
    sum(step.log_return ^ 2)
    * extract(EPOCH FROM ops.session_hours(p_symbol, min(step.bucket_time)))::double precision
    / extract(EPOCH FROM max(step.bucket_time) - min(step.bucket_time))::double precision
FROM step
HAVING count(step.log_return) >= 2;
$$;
