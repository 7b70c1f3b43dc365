-- Dealers' gamma through the day: is the market above the flip, where they calm it, or below?
--
-- psql -f sql/analysis/gamma_through_the_day.sql
--
-- In crores of rupees for a 1 % move, if dealers are long the calls and short the puts.
\ir setup.psql

SELECT
    to_char(series.bucket_time, 'HH24:MI') AS time,
    round(series.underlying::numeric, 1) AS underlying,
    round((series.net_gex / 1e7)::numeric) AS "net gex",
    round(series.gex_flip::numeric, 1) AS flip,
    CASE
        WHEN series.underlying > series.gex_flip THEN 'above'
        WHEN series.underlying < series.gex_flip THEN 'below'
    END AS "is it",
    series.put_wall,
    series.call_wall
FROM analytics.expiry_metrics_15min AS series
WHERE series.symbol = :'symbol' AND series.expiry = :'expiry'
ORDER BY series.bucket_time;
