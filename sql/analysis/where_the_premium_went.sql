-- Where did the premium go? Rupees paid for calls and for puts, a quarter of an hour at a time.
--
-- psql -f sql/analysis/where_the_premium_went.sql
--
-- In crores. Premium is volume times the bar's closing price; who paid whom cannot be seen in it.
\ir setup.psql

SELECT
    to_char(flow.bucket_time, 'HH24:MI') AS time,
    round((flow.call_premium / 1e7)::numeric) AS calls,
    round((flow.put_premium / 1e7)::numeric) AS puts,
    round((flow.net_premium / 1e7)::numeric) AS net,
    round((flow.net_premium_running / 1e7)::numeric) AS "net since open"
FROM analytics.premium_flow(:'symbol', :'expiry', '15min') AS flow
ORDER BY flow.bucket_time;
