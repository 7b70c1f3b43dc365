-- Which strikes stand off the smile? IV against a parabola through it.
--
-- psql -f sql/analysis/off_the_smile.sql
--
-- The parabola in log-moneyness is fitted by least squares to the strikes within 15 deltas of the
-- wings; dear is what an option costs above it, in points of volatility.
\ir setup.psql

WITH point AS (
    SELECT smile.strike, smile.iv, smile.log_moneyness AS x
    FROM analytics.smile(:'symbol', :'expiry') AS smile
    WHERE smile.iv IS NOT NULL AND abs(smile.delta) >= 0.05
),
centred AS (
    -- By two regressions in a row: of iv, and of x squared, on x; then of what is left.
    SELECT
        point.*,
        point.iv - (regr_intercept(point.iv, point.x) OVER ()
            + regr_slope(point.iv, point.x) OVER () * point.x) AS iv_left,
        point.x ^ 2 - (regr_intercept(point.x ^ 2, point.x) OVER ()
            + regr_slope(point.x ^ 2, point.x) OVER () * point.x) AS square_left
    FROM point
)

SELECT
    centred.strike,
    round(100 * centred.iv::numeric, 2) AS "iv %",
    round((100 * (
        centred.iv_left - regr_slope(centred.iv_left, centred.square_left) OVER ()
        * centred.square_left
    ))::numeric, 2) AS dear
FROM centred
ORDER BY abs(
    centred.iv_left
    - (SELECT regr_slope(each.iv_left, each.square_left) FROM centred AS each) * centred.square_left
) DESC
LIMIT 10;
