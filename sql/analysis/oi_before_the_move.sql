-- Where did open interest build in the half hour before the largest move of the session?
--
-- psql -f sql/analysis/oi_before_the_move.sql
--
-- The move is the widest 15-minute bar of the underlying; before it, the strikes whose OI grew
-- most. Writers of calls above a market that then falls were right; look at who was not.
\ir setup.psql

WITH move AS (
    SELECT bar.bucket_time, bar.close - bar.open AS points
    FROM analytics.underlying_bars_15min AS bar
    WHERE bar.symbol = :'symbol'
        AND bar.bucket_time >= (
            SELECT date_trunc('day', max(newest.bucket_time))
            FROM analytics.underlying_bars_15min AS newest
            WHERE newest.symbol = :'symbol'
        ) + interval '10 hours'
    ORDER BY abs(bar.close - bar.open) DESC
    LIMIT 1
)

SELECT
    to_char(move.bucket_time, 'HH24:MI') AS "move at",
    round(move.points::numeric, 1) AS points,
    built.strike,
    built.call_oi_change,
    built.call_buildup,
    built.put_oi_change,
    built.put_buildup
FROM move
CROSS JOIN LATERAL analytics.oi_change(
    :'symbol', :'expiry', move.bucket_time, interval '30 minutes'
) AS built
ORDER BY greatest(abs(built.call_oi_change), abs(built.put_oi_change)) DESC NULLS LAST
LIMIT 10;
