-- Does the skew lean against the move, or with it?
--
-- psql -f sql/analysis/skew_against_the_move.sql
--
-- skew is the IV of the 25-delta put less that of the 25-delta call, in points of volatility. The
-- correlation is that of their changes from bar to bar: negative where puts get dearer as it falls.
\ir setup.psql

WITH step AS (
    SELECT
        series.bucket_time,
        series.underlying,
        100 * series.skew_25 AS skew,
        series.underlying - lag(series.underlying) OVER day AS move,
        100 * (series.skew_25 - lag(series.skew_25) OVER day) AS skew_change
    FROM analytics.expiry_metrics_15min AS series
    WHERE series.symbol = :'symbol' AND series.expiry = :'expiry'
    WINDOW day AS (ORDER BY series.bucket_time)
)

SELECT
    to_char(step.bucket_time, 'HH24:MI') AS time,
    round(step.underlying::numeric, 1) AS underlying,
    round(step.move::numeric, 1) AS move,
    round(step.skew::numeric, 2) AS skew,
    round(step.skew_change::numeric, 2) AS change,
    round(corr(step.move, step.skew_change) OVER ()::numeric, 2) AS correlation
FROM step
ORDER BY step.bucket_time;
