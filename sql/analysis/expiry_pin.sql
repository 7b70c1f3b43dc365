-- Is the market being pinned? How far it was from max pain, and from the strikes with most OI.
--
-- psql -f sql/analysis/expiry_pin.sql
--
-- Of use in the last days of an expiry: distances that shrink while the expected move does too.
\ir setup.psql

SELECT
    to_char(series.bucket_time, 'HH24:MI') AS time,
    round(series.underlying::numeric, 1) AS underlying,
    series.max_pain,
    round((series.underlying - series.max_pain)::numeric, 1) AS "from max pain",
    round((series.resistance - series.underlying)::numeric, 1) AS "to resistance",
    round((series.underlying - series.support)::numeric, 1) AS "to support",
    round(series.expected_move::numeric, 1) AS "expected move",
    abs(series.underlying - series.max_pain) < series.expected_move / 4 AS "near the pin"
FROM analytics.expiry_metrics_15min AS series
WHERE series.symbol = :'symbol' AND series.expiry = :'expiry'
ORDER BY series.bucket_time;
