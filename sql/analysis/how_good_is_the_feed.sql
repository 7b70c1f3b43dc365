-- How good is the feed? Holes between snapshots, legs without an IV and why, drop-outs.
--
-- psql -f sql/analysis/how_good_is_the_feed.sql
--
-- The recorded NIFTY day lacks its first nine minutes, and 10:16 to 10:35.
\ir setup.psql

SELECT
    to_char(hole.quote_time, 'YYYY-MM-DD HH24:MI:SS') AS "last before the hole",
    hole.lasts
FROM (
    SELECT
        moment.quote_time,
        lead(moment.quote_time) OVER (ORDER BY moment.quote_time) - moment.quote_time AS lasts
    FROM analytics.underlying_quote AS moment
    WHERE moment.symbol = :'symbol' AND moment.in_session
) AS hole
WHERE hole.lasts BETWEEN interval '2 minutes' AND interval '8 hours'
ORDER BY hole.lasts DESC
LIMIT 5;

SELECT
    leg.status,
    count(*) AS legs,
    round(100 * count(*) / sum(count(*)) OVER (), 1) AS "%"
FROM analytics.option_quote AS quote
CROSS JOIN LATERAL (
    VALUES (quote.call_iv_status), (quote.put_iv_status)
) AS leg (status)
WHERE quote.symbol = :'symbol' AND quote.in_session
GROUP BY leg.status
ORDER BY legs DESC;
