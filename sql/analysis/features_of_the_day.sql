-- What would a model have known through the day?
--
-- psql -f sql/analysis/features_of_the_day.sql
--
-- One row for each half hour of the newest session, of features that need some of it: IV and skew in
-- points of volatility, returns and distances in basis points. Nothing later than its time is in it.
\ir setup.psql

SELECT
    to_char(feature.at, 'HH24:MI') AS time,
    round((100 * feature.atm_iv)::numeric, 2) AS iv,
    round((100 * feature.atm_iv_change_15min)::numeric, 2) AS iv_change,
    round((100 * feature.skew_25)::numeric, 2) AS skew,
    round(feature.pcr_oi::numeric, 2) AS pcr,
    round((10000 * feature.max_pain_distance)::numeric, 1) AS to_max_pain,
    round((10000 * feature.return_15min)::numeric, 1) AS move,
    round((10000 * feature.straddle_ratio)::numeric, 1) AS straddle,
    round(feature.known_share::numeric, 2) AS known
FROM analytics.market(:'symbol') AS market
CROSS JOIN
    generate_series(
        market.opens_at + interval '30 minutes',
        least(market.closes_at, market.clock),
        interval '30 minutes'
    ) AS moment (at)
CROSS JOIN LATERAL analytics.features(:'symbol', moment.at) AS feature
ORDER BY moment.at;
