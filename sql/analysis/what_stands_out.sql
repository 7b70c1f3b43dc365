-- What stands out now, and why.
--
-- psql -f sql/analysis/what_stands_out.sql
\ir setup.psql

SELECT
    signal.expiry,
    signal.strike,
    signal.leg,
    signal.side,
    round(signal.score::numeric, 2) AS score,
    signal.reason
FROM analytics.signals(:'symbol', 15) AS signal;
