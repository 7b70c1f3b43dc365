-- Who wrote, who covered? The build-up of each strike over the session, around the money.
--
-- psql -f sql/analysis/writers_of_the_day.sql
--
-- Over the last five hours, for the recorded session has no quotes of the day before.
\ir setup.psql

SELECT
    built.strike,
    built.call_oi_change,
    round(built.call_oi_change_percent::numeric) AS "call %",
    built.call_buildup,
    built.put_oi_change,
    round(built.put_oi_change_percent::numeric) AS "put %",
    built.put_buildup
FROM analytics.oi_change(:'symbol', :'expiry', p_over => '5 hours') AS built
INNER JOIN analytics.chain(:'symbol', :'expiry') AS chain ON built.strike = chain.strike
WHERE abs(chain.moneyness_level) <= 8
ORDER BY built.strike;
