-- When did support and resistance move, and where to?
--
-- psql -f sql/analysis/levels_that_moved.sql
--
-- A row for each time that either changed, with the OI behind it.
\ir setup.psql

WITH level AS (
    SELECT
        series.*,
        (series.support, series.resistance) IS DISTINCT FROM (
            lag(series.support) OVER day, lag(series.resistance) OVER day
        ) AS has_moved
    FROM analytics.expiry_metrics_5min AS series
    WHERE series.symbol = :'symbol' AND series.expiry = :'expiry'
    WINDOW day AS (ORDER BY series.bucket_time)
)

SELECT
    to_char(level.bucket_time, 'HH24:MI') AS time,
    round(level.underlying::numeric, 1) AS underlying,
    level.support,
    level.support_oi,
    level.resistance,
    level.resistance_oi
FROM level
WHERE level.has_moved
ORDER BY level.bucket_time;
