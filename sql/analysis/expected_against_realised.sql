-- What the market was paid for against what it did: the morning's straddle and the day's range.
--
-- psql -f sql/analysis/expected_against_realised.sql
--
-- expected is one standard deviation for what was left of the day, by the morning's IV.
\ir setup.psql

WITH opening AS (
    SELECT series.*
    FROM analytics.expiry_metrics AS series
    WHERE series.symbol = :'symbol' AND series.expiry = :'expiry' AND series.atm_iv IS NOT NULL
    ORDER BY series.bucket_time
    LIMIT 1
),
day AS (
    SELECT max(bar.high) AS high, min(bar.low) AS low
    FROM analytics.underlying_bars_5min AS bar
    CROSS JOIN opening
    WHERE bar.symbol = :'symbol' AND bar.bucket_time >= opening.bucket_time
)

SELECT
    to_char(opening.as_of, 'HH24:MI') AS since,
    round(opening.underlying::numeric, 1) AS underlying,
    round(opening.straddle::numeric, 1) AS straddle,
    round(100 * opening.atm_iv::numeric, 2) AS "iv %",
    round((opening.underlying * opening.atm_iv / sqrt(252))::numeric, 1) AS expected,
    round((day.high - opening.underlying)::numeric, 1) AS highest,
    round((day.low - opening.underlying)::numeric, 1) AS lowest,
    round(100 * realised.intraday::numeric, 2) AS "realised %"
FROM opening
CROSS JOIN day
CROSS JOIN analytics.realised_volatility(:'symbol') AS realised;
