-- The rolling straddle through the day: what whoever sold volatility at each moment was paid.
--
-- psql -f sql/analysis/rolling_straddle.sql
--
-- It always is that of the strike at the money. points is how far the underlying has gone since
-- the first bar: a straddle that falls while the market moves says that movement got cheaper.
\ir setup.psql

SELECT
    to_char(series.bucket_time, 'HH24:MI') AS time,
    series.atm_strike,
    round(series.straddle::numeric, 1) AS straddle,
    round(series.straddle_change::numeric, 1) AS change,
    round(100 * series.atm_iv::numeric, 2) AS "iv %",
    round((
        series.underlying - first_value(series.underlying) OVER (ORDER BY series.bucket_time)
    )::numeric, 1) AS points
FROM analytics.straddle_series(:'symbol', :'expiry', '15min') AS series
ORDER BY series.bucket_time;
