-- Puts against calls, over the day: the ratio, and the OI that came in on either side.
--
-- psql -f sql/analysis/puts_against_calls.sql
--
-- More calls written than puts into a falling market: sellers expect it to stay down.
\ir setup.psql

SELECT
    to_char(flow.bucket_time, 'HH24:MI') AS time,
    round(ratio.value::numeric, 3) AS pcr,
    flow.call_oi_change_running AS "calls since open",
    flow.put_oi_change_running AS "puts since open",
    flow.net_oi_change_running AS net
FROM analytics.cumulative_oi(:'symbol', :'expiry', '15min') AS flow
INNER JOIN analytics.expiry_series(:'symbol', 'pcr_oi', ARRAY[:'expiry'::date], '15min') AS ratio
    ON flow.expiry = ratio.expiry AND flow.bucket_time = ratio.bucket_time
ORDER BY flow.bucket_time;
