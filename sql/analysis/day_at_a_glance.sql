-- The day at a glance: each expiry as it closed.
--
-- psql -f sql/analysis/day_at_a_glance.sql
--
-- On 29 August 2025 NIFTY's term structure rose (8.7 % in the front week, 10.8 % at a month), the
-- front week was heavy with calls (PCR 0.55) and every later month with puts.
\ir setup.psql

SELECT
    metrics.expiry,
    round(metrics.underlying::numeric, 1) AS underlying,
    metrics.atm_strike,
    round(metrics.straddle::numeric, 1) AS straddle,
    round(100 * metrics.atm_iv::numeric, 2) AS "atm iv %",
    round(metrics.expected_move::numeric) AS "± points",
    round(metrics.pcr_oi::numeric, 2) AS pcr,
    metrics.max_pain,
    metrics.support,
    metrics.resistance
FROM analytics.expiry_metrics(:'symbol') AS metrics
WHERE metrics.atm_iv IS NOT NULL
ORDER BY metrics.expiry;
