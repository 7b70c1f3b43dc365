-- How did the term structure change between the first hour and the close?
--
-- psql -f sql/analysis/term_structure_over_the_day.sql
--
-- forward is the volatility that the market puts between one expiry and the next.
\ir setup.psql

WITH morning AS (
    SELECT min(series.bucket_time) + interval '1 hour' AS at
    FROM analytics.expiry_metrics AS series
    WHERE series.symbol = :'symbol' AND series.expiry = :'expiry'
)

SELECT
    now.expiry,
    round(365 * now.years::numeric, 1) AS days,
    round(100 * early.atm_iv::numeric, 2) AS "morning iv %",
    round(100 * now.atm_iv::numeric, 2) AS "closing iv %",
    round(100 * now.forward_iv::numeric, 2) AS "forward %",
    round(100 * (now.atm_iv - early.atm_iv)::numeric, 2) AS change
FROM morning
CROSS JOIN LATERAL analytics.term_structure(:'symbol', morning.at) AS early
INNER JOIN analytics.term_structure(:'symbol') AS now ON early.expiry = now.expiry
WHERE now.atm_iv IS NOT NULL
ORDER BY now.expiry;
